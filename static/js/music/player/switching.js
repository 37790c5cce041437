/** When the camera may fade the music over to what fits a new mood better. Pure: time is an argument. */

import { distance } from "../mood/plane.js";

/**
 * @typedef {import("../mood/plane.js").Point} Point
 *
 * @typedef {"at_once" | "gently" | "at_end"} Manner How the music follows a new mood of the camera.
 *
 * @typedef {object} Limits
 * @property {number} lastedS Seconds for which the new mood must have lasted.
 * @property {number} playedS Seconds for which the current song must have played.
 * @property {number} restS Seconds between two switches.
 */

/** @type {Record<Manner, Limits>} */
const LIMITS = {
  at_once: { lastedS: 0, playedS: 0, restS: 10 },
  gently: { lastedS: 8, playedS: 30, restS: 45 },
  at_end: { lastedS: Infinity, playedS: Infinity, restS: Infinity },
};

/** Ways in which the music may follow a new mood of the camera, the one of a first visit in the middle. */
export const MANNERS = /** @type {Manner[]} */ (Object.keys(LIMITS));

const NEAR = 0.35; // an expression this close to the settled place still is that mood
const GRACE_S = 1; // a glance away does not end a mood

export function createSwitching() {
  /** @type {number | null} */
  let moodSinceS = null;
  let arrivedS = 0; // time at which the expression came where it is settling
  let lastSettling = 0;
  /** @type {Point | null} */
  let lastSettled = null;
  let nearS = -Infinity; // time at which the expression was last near the settled place
  let playedS = 0;
  /** @type {number | null} */
  let lastTickS = null;
  /** @type {unknown} */
  let song = null;
  let switchedS = -Infinity;

  /**
   * @param {Point} settled
   * @param {number} nowS
   */
  function settle(settled, nowS) {
    const isNew = !lastSettled || distance(lastSettled, settled) > 0;
    if (isNew) moodSinceS = arrivedS;
    else if (nowS - nearS > GRACE_S) moodSinceS = nowS;
    lastSettled = settled;
    nearS = nowS;
  }

  return {
    /**
     * Adds a reading of the camera.
     *
     * @param {import("../mood/mood.js").Place} place
     * @param {number} nowS
     */
    look({ point, settled, settling }, nowS) {
      if (settling === 0 || settling < lastSettling) arrivedS = nowS;
      lastSettling = settling;
      if (point && settled && distance(point, settled) <= NEAR) settle(settled, nowS);
      else if (nowS - nearS > GRACE_S) moodSinceS = null;
    },
    /**
     * Counts for how long a song has played; to be called a few times a second.
     *
     * @param {unknown} current Song, or null.
     * @param {boolean} isPlaying
     * @param {number} nowS
     */
    tick(current, isPlaying, nowS) {
      if (current !== song) playedS = 0;
      else if (isPlaying && lastTickS !== null) playedS += nowS - lastTickS;
      song = current;
      lastTickS = nowS;
    },
    /**
     * @param {Manner} manner
     * @param {number} nowS
     * @returns {boolean} Whether the music may switch to what fits the mood of the camera.
     */
    isDue(manner, nowS) {
      const limits = LIMITS[manner];
      if (moodSinceS === null) return false;
      return (
        nowS - moodSinceS >= limits.lastedS && playedS >= limits.playedS && nowS - switchedS >= limits.restS
      );
    },
    /** @param {number} nowS */
    switched: (nowS) => void (switchedS = nowS),
  };
}

const CLEARLY = 0.15; // of the plane; less is no reason to cut a song

/**
 * @param {import("../api.js").Selection} current
 * @param {import("../api.js").Selection} upcoming
 * @returns {boolean} Whether the upcoming track lies clearly nearer to where the music should be.
 */
export function isBetter(current, upcoming) {
  const away = (/** @type {import("../api.js").Selection} */ { track, playlist }) =>
    distance(track.point ?? playlist.point ?? { valence: 0, arousal: 0 }, upcoming.target);
  return current.track.id !== upcoming.track.id && away(current) - away(upcoming) > CLEARLY;
}

/**
 * Another site's player ends when its listener agrees, and a built-in piece follows the mood by itself.
 *
 * @param {import("../api.js").Selection} current
 * @param {import("../api.js").Selection} upcoming
 */
export function mayCameraSwitch({ track: current }, { track: upcoming }) {
  return current.kind !== "embed" && !(current.kind === "built_in" && upcoming.kind === "built_in");
}
