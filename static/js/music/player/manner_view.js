/** The choice of how the music follows a new mood of the camera. */

import { MANNERS } from "./switching.js";

/** @param {import("../memory.js").Memory} memory Keeps the choice. */
export function createMannerView(memory) {
  /** @type {NodeListOf<HTMLInputElement>} */
  const radios = document.querySelectorAll("[name=manner]");
  for (const radio of radios) {
    radio.checked = radio.value === memory.get("manner");
    radio.addEventListener("change", () => {
      const manner = MANNERS.find((one) => one === radio.value);
      if (manner) memory.set("manner", manner);
    });
  }
}
