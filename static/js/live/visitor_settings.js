/** The visitor's choices on the live page: read, checked, remembered in this browser. Pure but for the storage. */

import { CHOICES_KEY as KEY } from "../camera/face_finder/choice.js";
import { readStored, writeStored } from "../shared/storage.js";

/**
 * @typedef {object} Choices
 * @property {string | null} camera Id of the chosen camera; null for the one that faces the visitor.
 * @property {number} resolution Longest side of the frames, in pixels.
 * @property {boolean} mirror
 * @property {boolean} live_picture Whether the picture is live and boxes are predicted, instead of the picture that was
 *   analysed.
 * @property {boolean} shortcuts Whether single keys act.
 * @property {boolean | null} only_faces Whether only faces leave this browser; null keeps the operator's choice.
 * @property {boolean} slow_resting_face Whether the resting face is followed slowly by itself.
 * @property {number | null} smoothing_s As in the event `settings`; null keeps the server's value.
 * @property {number | null} min_confidence
 * @property {number | null} detect_side
 * @property {number | null} strength How common expressions are taken to be: 0 reserved, 1 sensitive.
 */

/** @type {Readonly<Choices>} */
export const DEFAULTS = Object.freeze({
  camera: null,
  resolution: 640,
  mirror: true,
  live_picture: false,
  shortcuts: true,
  only_faces: null,
  slow_resting_face: false,
  smoothing_s: null,
  min_confidence: null,
  detect_side: null,
  strength: null,
});

export const RESOLUTIONS = [320, 640, 1280];

/** @param {unknown} value */
const isNumberOrNull = (value) => value === null || Number.isFinite(value);

/** @type {Record<keyof Choices, (value: unknown) => boolean>} */
const CHECKS = {
  camera: (value) => value === null || typeof value === "string",
  resolution: (value) => RESOLUTIONS.some((one) => one === value),
  mirror: (value) => typeof value === "boolean",
  live_picture: (value) => typeof value === "boolean",
  shortcuts: (value) => typeof value === "boolean",
  only_faces: (value) => value === null || typeof value === "boolean",
  slow_resting_face: (value) => typeof value === "boolean",
  smoothing_s: isNumberOrNull,
  min_confidence: isNumberOrNull,
  detect_side: isNumberOrNull,
  strength: isNumberOrNull,
};

/**
 * @param {unknown} stored Value that an earlier page left.
 * @returns {Choices} The parts of it that still make sense, the defaults for the others.
 */
export function readChoices(stored) {
  const found = typeof stored === "object" && stored !== null ? Object.entries(stored) : [];
  const good = found.filter(
    ([name, value]) => Object.hasOwn(CHECKS, name) && CHECKS[/** @type {keyof Choices} */ (name)](value),
  );
  return { ...DEFAULTS, ...Object.fromEntries(good) };
}

/**
 * @param {Choices} choices
 * @returns {import("../camera/channel.js").Settings} The part that the server needs to know.
 */
export function forServer({ smoothing_s, min_confidence, detect_side, strength }) {
  return { smoothing_s, min_confidence, detect_side, strength };
}

/**
 * Tells whether the server needs to know of the choices at all.
 *
 * @param {Choices} choices
 */
export function differsFromServer(choices) {
  return Object.values(forServer(choices)).some((value) => value !== null);
}

/**
 * @param {Choices} before
 * @param {Choices} after
 */
export function isNewForServer(before, after) {
  return JSON.stringify(forServer(before)) !== JSON.stringify(forServer(after));
}

/**
 * @param {import("../shared/storage.js").Store | null} storage
 * @returns {Choices}
 */
export function recall(storage) {
  return readChoices(readStored(storage, KEY));
}

/**
 * @param {import("../shared/storage.js").Store | null} storage
 * @param {Choices} choices
 */
export function remember(storage, choices) {
  writeStored(storage, KEY, choices);
}
