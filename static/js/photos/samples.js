/** Sample photos for visitors who have none at hand: they take the way of every photo that is chosen. */

import { byId } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";

const SAMPLES = new URL("../../samples/", import.meta.url);
const NAMES = ["photo-group.jpg", "photo-1.jpg", "photo-2.jpg", "photo-3.jpg"];

/** @param {string} name */
async function fetchPhoto(name) {
  const answer = await fetch(new URL(name, SAMPLES));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return new File([await answer.blob()], name, { type: "image/jpeg" });
}

/**
 * @param {HTMLButtonElement} button
 * @param {import("../shared/toasts.js").Toasts} toasts
 */
async function addSamples(button, toasts) {
  button.disabled = true;
  try {
    const chosen = new DataTransfer();
    for (const file of await Promise.all(NAMES.map(fetchPhoto))) chosen.items.add(file);
    const field = byId("files", HTMLInputElement);
    field.files = chosen.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    byId("samples-credit").hidden = false;
    button.hidden = true;
  } catch {
    button.disabled = false;
    toasts.show({
      text: gettext("The sample photos could not be loaded. Try again in a moment."),
    });
  }
}

/** @param {import("../shared/toasts.js").Toasts} toasts */
export function offerSamples(toasts) {
  const button = byId("samples", HTMLButtonElement);
  button.hidden = false;
  button.addEventListener("click", () => void addSamples(button, toasts));
  if (location.hash === "#samples") void addSamples(button, toasts);
}
