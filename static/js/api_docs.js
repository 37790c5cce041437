/** The page of the HTTP API: each request can be tried where it is described. */

import { partOf } from "./shared/dom.js";
import { gettext } from "./shared/i18n.js";

const MOST_SHOWN = 20_000;

/**
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field
 *
 * @param {HTMLFormElement} form
 * @returns {[string, RequestInit]} Address and options for `fetch`.
 */
function requestOf(form) {
  const { method = "GET", path = "" } = form.dataset;
  const fields = /** @type {Field[]} */ ([...form.querySelectorAll("[data-place]")]);
  const query = new URLSearchParams();
  const files = new FormData();
  let address = path;
  /** @type {BodyInit | undefined} */
  let body;
  for (const field of fields) {
    const { place } = field.dataset;
    if (place === "path") address = address.replace(`{${field.name}}`, encodeURIComponent(field.value));
    if (place === "query" && field.value) query.set(field.name, field.value);
    if (place === "body") body = field.value;
    if (place === "form") {
      for (const value of valuesOf(field)) files.append(field.name, value);
      body = files;
    }
  }
  const headers = typeof body === "string" ? { "Content-Type": "application/json" } : undefined;
  return [query.size ? `${address}?${query}` : address, { method, headers, body }];
}

/** @param {Field} field */
function valuesOf(field) {
  if (field instanceof HTMLInputElement && field.type === "file") return [...(field.files ?? [])];
  return field.value ? [field.value] : [];
}

/** @param {Response} answer */
async function textOf(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (!/json|text/.test(type)) return type;
  const text = await answer.text();
  if (!type.includes("json") || !text) return text;
  return JSON.stringify(JSON.parse(text), null, 2);
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const place = partOf(form)("answer");
  const [status, content] = [document.createElement("p"), document.createElement("pre")];
  content.tabIndex = 0;
  place.replaceChildren(status);
  status.textContent = gettext("Sending …");
  try {
    const answer = await fetch(...requestOf(form));
    const text = await textOf(answer);
    status.textContent = `${answer.status} ${answer.statusText}`;
    content.textContent = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\n…` : text;
    if (text) place.append(content);
  } catch {
    status.textContent = gettext("Can't reach the server. Try again in a moment.");
  }
}

for (const form of document.querySelectorAll("form[data-path]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  form.querySelector("button")?.removeAttribute("hidden");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
}
const asked = document.getElementById(location.hash.slice(1));
if (asked instanceof HTMLDetailsElement) asked.open = true;
