/** The API's documentation: Swagger UI on our own OpenAPI document, in the visitor's light or dark colours. */

import { byId } from "./shared/dom.js";

const place = byId("api");
const dark = matchMedia("(prefers-color-scheme: dark)");

function showScheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

showScheme();
dark.addEventListener("change", showScheme);
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // it would send the document's address to a third party
});
