/** What a visitor chose for the live page: read, checked, remembered in this browser. Pure but for the storage. */

const KEY = "countenance.live";

/**
 * @typedef {object} Choices
 * @property {string | null} camera Its device; null is the one that faces the visitor.
 * @property {number} resolution Longest side of the pictures, in pixels.
 * @property {boolean} mirror
 * @property {number | null} smoothing_s As in the event `settings`; null is the server's.
 * @property {number | null} min_confidence
 * @property {number | null} detect_side
 *
 * @type {Choices}
 */
export const DEFAULTS = Object.freeze({
  camera: null,
  resolution: 640,
  mirror: true,
  smoothing_s: null,
  min_confidence: null,
  detect_side: null,
});

export const RESOLUTIONS = [320, 640, 1280];

const isNumberOrNull = (value) => value === null || Number.isFinite(value);
const CHECKS = {
  camera: (value) => value === null || typeof value === "string",
  resolution: (value) => RESOLUTIONS.includes(value),
  mirror: (value) => typeof value === "boolean",
  smoothing_s: isNumberOrNull,
  min_confidence: isNumberOrNull,
  detect_side: isNumberOrNull,
};

/** @param {unknown} stored What some earlier page left. @returns {Choices} Whatever of it still makes sense. */
export function readChoices(stored) {
  const found = typeof stored === "object" && stored !== null ? stored : {};
  const good = Object.keys(DEFAULTS).filter((name) => name in found && CHECKS[name](found[name]));
  return { ...DEFAULTS, ...Object.fromEntries(good.map((name) => [name, found[name]])) };
}

/** @param {Choices} choices @returns {object} The part that the server is told. */
export function forServer({ smoothing_s, min_confidence, detect_side }) {
  return { smoothing_s, min_confidence, detect_side };
}

/** @param {Choices} choices Whether the server needs to hear of them at all. */
export function differsFromServer(choices) {
  return Object.values(forServer(choices)).some((value) => value !== null);
}

/** @param {Storage | null} storage @returns {Choices} */
export function recall(storage) {
  try {
    return readChoices(JSON.parse(storage.getItem(KEY)));
  } catch {
    return readChoices(null); // forbidden, or not ours
  }
}

/** @param {Storage | null} storage @param {Choices} choices Storage may be forbidden: they then last as long as the page. */
export function remember(storage, choices) {
  try {
    storage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // see above
  }
}
