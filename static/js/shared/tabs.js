/** Tabs by keyboard: arrows, Home and End choose; one tab is in the tab order. Markup: docs/reference/design.md. */

/** @param {HTMLElement} list Of `role="tablist"`; each tab's `aria-controls` names its panel. */
export function setUpTabs(list) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];

  function choose(chosen) {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = nextTab(event.key, tabs.indexOf(document.activeElement), tabs.length);
    if (at === null) return;
    event.preventDefault();
    choose(tabs[at]);
    tabs[at].focus();
  });
  choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
}

/**
 * @param {string} key As in `KeyboardEvent.key`.
 * @param {number} at The tab that has the focus, from 0.
 * @param {number} count
 * @returns {number | null} The tab to go to, or null for any other key.
 */
export function nextTab(key, at, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  return step === undefined ? null : (at + step + count) % count;
}
