/** Speaks through a live region, of changes alone and not too often. */

const EVERY_MS = 2500;

/** @param {{textContent: string | null}} region */
export function createAnnouncer(region) {
  let spokenAt = -Infinity;
  /** @type {Record<"status" | "expression", string | null>} */
  const said = { status: null, expression: null };

  /**
   * @param {"status" | "expression"} kind
   * @param {string} text
   * @param {number} now Milliseconds.
   */
  function say(kind, text, now) {
    if (said[kind] === text || now - spokenAt < EVERY_MS) return;
    spokenAt = now;
    said[kind] = text;
    region.textContent = text;
  }

  return {
    /**
     * @param {string | null} text Null for a state of which there is nothing to say.
     * @param {number} now
     */
    status(text, now) {
      if (text !== null) say("status", text, now);
      else said.status = null;
    },
    /**
     * @param {string} text
     * @param {number} now
     */
    expression: (text, now) => say("expression", text, now),
  };
}
