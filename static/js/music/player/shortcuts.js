/** Keys of the music page. Pure. */

const ACTIONS = {
  " ": "toggle",
  ArrowLeft: "back",
  ArrowRight: "ahead",
  ArrowUp: "louder",
  ArrowDown: "softer",
  l: "like",
  n: "next",
};

/** Where a key means something else already. */
const OWN_KEYS = "input, select, textarea, button, a, summary, [role=tab], [contenteditable], dialog, .plane";

/**
 * @param {{key: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean, target: {closest?: (selector: string) => object | null}}} event
 * @returns {string | null} What the key does.
 */
export function actionOf({ key, ctrlKey, altKey, metaKey, target }) {
  if (ctrlKey || altKey || metaKey) return null;
  const action = ACTIONS[key.length === 1 ? key.toLowerCase() : key];
  if (!action) return null;
  const letter = action === "like" || action === "next";
  const busy = target.closest?.(
    letter ? "input:not([type=range], [type=radio], [type=checkbox]), select, textarea, dialog" : OWN_KEYS,
  );
  return busy ? null : action;
}
