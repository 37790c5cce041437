/** The API's documentation: Swagger UI on our own OpenAPI document, in the colours that the visitor's system asks for. */

const place = document.getElementById("api");
const dark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

follow();
dark.addEventListener("change", follow);
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // it would send the document's address to a third party
});
