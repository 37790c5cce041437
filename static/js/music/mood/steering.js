/** The place that the built-in pieces follow: the mood, moved along the policy's path. Pure: time is an argument. */

import { distance } from "./plane.js";

/**
 * @typedef {import("./plane.js").Point} Point
 *
 * @typedef {object} Path What a policy does with a mood (`webapp/music/policies.toml`).
 * @property {Point | null} goal Place to which it leads; null stays at the mood.
 * @property {number} hold Steps at the mood's own place before the first one towards the goal, >= 0.
 * @property {number} step Distance by which each further step is nearer to the goal, > 0.
 */

/** Seconds of a step within a piece; from file to file each song is one. */
export const STEP_S = 30;

const SMOOTHING_S = 0.8; // a face that flickers is heard as the mean of what it shows
const FORGET_S = 2;

export function createSteering() {
  /** @type {{point: Point, nowS: number} | null} */
  let face = null;
  let listenedS = 0;
  /** @type {number | null} */
  let lastS = null;

  return {
    /**
     * Adds a reading of the camera.
     *
     * @param {Point | null} point Place of the expression; null without a face.
     * @param {number} nowS
     */
    look(point, nowS) {
      if (face && nowS - face.nowS > FORGET_S) face = null;
      if (!point) return;
      const weight = face ? 1 - Math.exp((face.nowS - nowS) / SMOOTHING_S) : 1;
      face = { point: face ? between(face.point, point, weight) : point, nowS };
    },
    /**
     * Counts the time for which a mood has been listened to; to be called a few times a second.
     *
     * @param {boolean} isPlaying
     * @param {number} nowS
     */
    tick(isPlaying, nowS) {
      if (isPlaying && lastS !== null) listenedS += nowS - lastS;
      lastS = nowS;
    },
    /** Another mood or policy counts: its path begins. */
    restart: () => void (listenedS = 0),
    /** Whole steps that were taken since the path began. */
    steps: () => Math.floor(listenedS / STEP_S),
    /**
     * @param {{point: Point, isFollowing: boolean}} mood Mood that counts, and whether the camera may set it.
     * @param {Path} path
     * @param {number} nowS
     * @returns {Point}
     */
    place({ point, isFollowing }, path, nowS) {
      const isSeen = face !== null && nowS - face.nowS <= FORGET_S;
      const mood = isFollowing && face && isSeen ? face.point : point;
      return alongPath(mood, path, listenedS / STEP_S);
    },
  };
}

/**
 * @param {Point} mood
 * @param {Path} path
 * @param {number} steps Steps since the path began, also parts of them.
 * @returns {Point}
 */
export function alongPath(mood, { goal, hold, step }, steps) {
  if (!goal) return mood;
  const by = step * Math.max(0, steps + 1 - hold);
  const away = distance(mood, goal);
  return away <= by ? goal : between(mood, goal, by / away);
}

/**
 * @param {Point} from
 * @param {Point} to
 * @param {number} share Share of the way, 0..1.
 * @returns {Point}
 */
export function between(from, to, share) {
  return {
    valence: from.valence + share * (to.valence - from.valence),
    arousal: from.arousal + share * (to.arousal - from.arousal),
  };
}
