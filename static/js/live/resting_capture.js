/** How a resting face is found from readings: at the press of a button, or slowly by itself. Pure. */

export const CAPTURE_MS = 3000;
export const MAX_CAPTURE_MS = 15_000;
const MIN_READINGS = 5;
const SMILING = 0.5;

const SLOW_EVERY_MS = 1000;
const SLOW_SAMPLES = 120; // two minutes
export const SLOW_MIN_SAMPLES = 20;
const HELD_MS = 3000;

/**
 * @typedef {import("../shared/resting_face.js").Probs} Probs
 *
 * @typedef {{id: number, label: string, state: string, probs: Probs, absolute?: {label: string, state: string, probs:
 *   Probs}}} Face
 *
 * @typedef {"no_face" | "smiling"} Failure Why a capture gave no resting face.
 */

/**
 * @param {Face} face
 * @returns The face read by itself, whether or not a resting face is in use.
 */
export function alone(face) {
  return face.absolute ?? face;
}

/**
 * Collects three seconds of one face. Time without it does not count; after fifteen seconds the attempt ends.
 *
 * @param {number} startedAt Milliseconds.
 */
export function createCapture(startedAt) {
  /** @type {Probs[]} */
  const readings = [];
  let seenMs = 0;
  let lastAt = startedAt;
  /** @type {number | null} */
  let id = null;

  return {
    /**
     * @param {number} now Milliseconds, not before those of the last call.
     * @param {Face | undefined} face The followed face.
     * @returns {number} Progress, 0..1.
     */
    add(now, face) {
      if (face && face.id !== id) {
        id = face.id; // another face begins anew
        seenMs = readings.length = 0;
      } else if (face) seenMs += Math.min(now - lastAt, 1000);
      if (face) readings.push(alone(face).probs);
      lastAt = now;
      return Math.min(seenMs / CAPTURE_MS, readings.length / MIN_READINGS, 1);
    },
    /** @param {number} now */
    isOver: (now) => now - startedAt >= MAX_CAPTURE_MS,
    /** @returns {{probs: Probs} | {failure: Failure}} */
    result() {
      if (seenMs < CAPTURE_MS || readings.length < MIN_READINGS) return { failure: "no_face" };
      const probs = meanOf(readings);
      return (probs.happy ?? 0) >= SMILING ? { failure: "smiling" } : { probs };
    },
  };
}

/**
 * Follows a resting face slowly: the median of a reading a second over two minutes. While one expression is held it
 * waits, so that a long smile does not become the resting face (OpenFace#940).
 */
export function createSlowFace() {
  /** @type {Probs[]} */
  let readings = [];
  let takenAt = -Infinity;
  /** @type {{label: string | null, since: number}} */
  let held = { label: null, since: 0 };
  return {
    /**
     * @param {number} now Milliseconds.
     * @param {Face | undefined} face The followed face; one that is gone changes nothing.
     * @returns {Probs | null} The resting face after a reading that changed it; otherwise null.
     */
    add(now, face) {
      if (!face) return null;
      const { label, state, probs } = alone(face);
      const shown = state === "sure" && label !== "neutral" ? label : null;
      if (shown !== held.label) held = { label: shown, since: now };
      const isHeld = held.label !== null && now - held.since >= HELD_MS;
      if (isHeld || now - takenAt < SLOW_EVERY_MS) return null;
      takenAt = now;
      readings = [...readings, probs].slice(-SLOW_SAMPLES);
      return readings.length < SLOW_MIN_SAMPLES ? null : medianOf(readings);
    },
    reset() {
      readings = [];
      takenAt = -Infinity;
    },
  };
}

/** @param {Probs[]} readings */
function meanOf(readings) {
  return normalized(readings, (values) => values.reduce((sum, one) => sum + one, 0) / values.length);
}

/** @param {Probs[]} readings */
function medianOf(readings) {
  return normalized(readings, (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  });
}

/**
 * @param {Probs[]} readings At least one.
 * @param {(values: number[]) => number} middle
 * @returns {Probs} The middle of each label's probabilities, together 1.
 */
function normalized(readings, middle) {
  const labels = Object.keys(readings[0]);
  const values = labels.map((label) => middle(readings.map((probs) => probs[label] ?? 0)));
  const total = values.reduce((sum, one) => sum + one, 0);
  return Object.fromEntries(labels.map((label, index) => [label, values[index] / total]));
}
