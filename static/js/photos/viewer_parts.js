/** The elements of the large view that show a face: its bars, and the choice among several faces. */

import { gettext } from "../shared/i18n.js";
import { adjective, percent } from "../shared/words.js";

/** @typedef {import("./api.js").Face} Face */

/**
 * @param {HTMLElement} bars
 * @param {Pick<Face, "label" | "probs"> | undefined} face
 */
export function showBars(bars, face) {
  for (const bar of /** @type {HTMLElement[]} */ ([...bars.children])) {
    const label = bar.dataset.label ?? "";
    const share = face?.probs[label] ?? 0;
    const fill = /** @type {HTMLElement} */ (bar.querySelector(".bar-fill"));
    const value = /** @type {HTMLElement} */ (bar.querySelector(".bar-value"));
    bar.toggleAttribute("data-top", label === face?.label);
    fill.style.transform = `scaleX(${share})`;
    value.textContent = percent(share);
  }
}

/**
 * Draws another model's reading of the same face below the first.
 *
 * @param {HTMLElement} bars
 * @param {Face | undefined} face The first model's.
 * @param {Face | undefined} other The other's; without it the first stands alone.
 */
export function compareBars(bars, face, other) {
  bars.toggleAttribute("data-compared", Boolean(face && other));
  for (const bar of /** @type {HTMLElement[]} */ ([...bars.children])) {
    const label = bar.dataset.label ?? "";
    const fill = /** @type {HTMLElement} */ (bar.querySelector(".bar-other"));
    const value = /** @type {HTMLElement} */ (bar.querySelector(".bar-value"));
    fill.hidden = !face || !other;
    if (!face || !other) continue;
    fill.style.transform = `scaleX(${other.probs[label]})`;
    value.textContent = `${percent(face.probs[label])} / ${percent(other.probs[label])}`;
  }
}

/**
 * Gives the bars the colours that boxes, thumbnails and a video's chart have.
 *
 * @param {HTMLElement} bars
 */
export function colorBars(bars) {
  for (const bar of /** @type {HTMLElement[]} */ ([...bars.children]))
    bar.dataset.expression = bar.dataset.label;
}

/**
 * Lets visitors choose the face whose bars are shown, if there are several: beside the boxes, which may be small.
 *
 * @param {HTMLElement} place
 * @param {Face[]} faces
 * @param {number} chosen
 * @param {(face: number) => void} choose
 */
export function showChoice(place, faces, chosen, choose) {
  place.hidden = faces.length < 2;
  if (place.children.length !== faces.length || place.hidden) place.replaceChildren();
  if (place.hidden) return;
  if (!place.children.length) place.append(...faces.map(() => document.createElement("button")));
  [...place.children].forEach((child, index) => {
    const button = /** @type {HTMLButtonElement} */ (child);
    button.type = "button";
    button.textContent = String(index + 1);
    const values = { number: index + 1, label: adjective(faces[index].label) };
    button.setAttribute("aria-label", gettext("Face %(number)s, %(label)s", values));
    button.setAttribute("aria-pressed", String(index === chosen));
    button.onclick = () => choose(index);
  });
}
