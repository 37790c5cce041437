/** Tabs by keyboard: arrows, Home and End choose; one tab is in the tab order. Markup: docs/reference/design.md. */

import { byId } from "./dom.js";

/** @param {HTMLElement} list Element with `role="tablist"`; each tab's `aria-controls` names its panel. */
export function setUpTabs(list) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);

  /** @param {HTMLElement} chosen */
  function choose(chosen) {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      byId(tab.getAttribute("aria-controls") ?? "").hidden = !on;
    }
  }

  list.addEventListener("click", ({ target }) => {
    const tab = tabs.find((one) => target instanceof Node && one.contains(target));
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const focused = tabs.findIndex((tab) => tab === document.activeElement);
    const index = nextTab(event.key, focused, tabs.length);
    if (index === null) return;
    event.preventDefault();
    choose(tabs[index]);
    tabs[index].focus();
  });
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
}

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * @param {string} key Name of the key, as in `KeyboardEvent.key`.
 * @param {number} focused Index of the tab that has the focus.
 * @param {number} count
 * @returns {number | null} Index of the tab to go to; null for any other key.
 */
export function nextTab(key, focused, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return key in STEPS ? (focused + STEPS[key] + count) % count : null;
}
