/** What was read, in one line: a band in the expressions' colours, and a button for each that shows only those. */

import { setText } from "../shared/dom.js";

/**
 * @param {HTMLElement} element
 * @param {(kind: string) => void} onChoose
 */
export function createRibbon(element, onChoose) {
  const segments = /** @type {HTMLElement[]} */ ([...element.querySelectorAll("[data-part=segment]")]);
  const filters = /** @type {HTMLElement[]} */ ([...element.querySelectorAll("[data-kind]")]);
  for (const filter of filters) {
    filter.addEventListener("click", () => {
      const isOn = filter.getAttribute("aria-pressed") === "true";
      onChoose(isOn ? "all" : (filter.dataset.kind ?? "all"));
    });
  }

  return {
    /**
     * @param {Map<string, number>} counts Number of faces of each kind.
     * @param {string} chosen Kind that is shown.
     */
    update(counts, chosen) {
      for (const segment of segments) {
        segment.style.flexGrow = String(counts.get(segment.dataset.expression ?? "") ?? 0);
      }
      for (const filter of filters) {
        const { kind = "" } = filter.dataset;
        const num = counts.get(kind) ?? 0;
        filter.hidden = kind !== "all" && kind !== chosen && num === 0;
        filter.setAttribute("aria-pressed", String(kind === chosen));
        const number = filter.querySelector("strong");
        if (number) setText(number, String(num));
      }
    },
  };
}
