/** "Can you make all seven?": which expressions a visitor has shown. Pure. */

const HOLD_MS = 700; // a flicker is no expression
const GAP_MS = 1500; // two readings further apart do not belong together

/**
 * @typedef {Pick<import("../../camera/channel.js").Face, "label" | "state">} Shown
 *
 * @param {string[]} labels
 */
export function createChallenge(labels) {
  /** @type {Set<string>} */
  const made = new Set();
  /** @type {{label: string, since: number, seen: number} | null} */
  let held = null;
  /** @type {number | null} */
  let beganAt = null;

  return {
    /**
     * @param {number} now Milliseconds.
     * @param {Shown | undefined} face The face that is read.
     * @returns {string | null} The expression that has just been made for the first time.
     */
    add(now, face) {
      if (face?.state !== "sure") {
        held = null;
        return null;
      }
      beganAt ??= now;
      const goesOn = held?.label === face.label && now - held.seen <= GAP_MS;
      held = { label: face.label, since: goesOn && held ? held.since : now, seen: now };
      if (now - held.since < HOLD_MS || made.has(face.label) || !labels.includes(face.label)) return null;
      made.add(face.label);
      return face.label;
    },
    count: () => made.size,
    isDone: () => made.size === labels.length,
    /** @param {number} now Milliseconds; seconds since the first expression. */
    seconds: (now) => (beganAt === null ? 0 : Math.round((now - beganAt) / 1000)),
    reset() {
      made.clear();
      held = null;
      beganAt = null;
    },
  };
}
