/** The mood that counts: set by hand, or settled in front of the camera. Pure. */

/**
 * @typedef {import("./plane.js").Point} Point
 *
 * @typedef {object} Place The expression on the plane, as each acknowledgement has it.
 * @property {Point | null} point Place of the expression now.
 * @property {Point | null} settled Place where the expression settled last.
 * @property {number} settling Progress of settling, 0..1.
 *
 * @typedef {object} MoodState
 * @property {Point} point Mood that counts.
 * @property {"start" | "hand" | "face"} origin Origin of `point`; `start` until there is one.
 * @property {string} policy
 * @property {Point | null} goal Goal of the visitor, for policies that leave it open.
 * @property {Point | null} live Place of the expression now.
 * @property {number} settling Progress of settling, 0..1.
 * @property {boolean} following Whether the camera may set the mood.
 */

const START = { valence: 0, arousal: 0 };

/** @param {{policy: string, goal: Point | null}} kept Choices of the last visit. */
export function createMood({ policy, goal }) {
  /** @type {MoodState} */
  const state = { point: START, origin: "start", policy, goal, live: null, settling: 0, following: true };
  /** @type {Point | null} */
  let settled = null; // the camera's

  /** Adopts the camera's settled place, unless that counts already. */
  function adopt() {
    if (!settled || (state.origin === "face" && same(settled, state.point))) return false;
    Object.assign(state, { point: settled, origin: "face" });
    return true;
  }

  return {
    state: () => ({ ...state }),
    /** @returns {import("../api.js").MoodRequest} */
    request: () => ({
      mood: state.point,
      origin: state.origin === "face" ? "face" : "hand",
      policy: state.policy,
    }),
    /** @param {Point} point */
    byHand: (point) => void Object.assign(state, { point, origin: "hand", following: false }),
    /**
     * @param {Place} place
     * @returns {boolean} Whether the mood that counts has changed.
     */
    byFace(place) {
      settled = place.settled;
      Object.assign(state, { live: place.point, settling: place.settling });
      return state.following && adopt();
    },
    /**
     * Lets the camera set the mood again.
     *
     * @returns {boolean} Whether the mood that counts has changed.
     */
    follow() {
      state.following = true;
      return adopt();
    },
    /** The camera is off: its last settled mood stays until another one is set. */
    leave() {
      settled = null;
      Object.assign(state, { live: null, settling: 0, following: true });
    },
    /**
     * Takes back what was set by hand; what the camera has seen meanwhile stays.
     *
     * @param {MoodState} before
     */
    restore({ point, origin, policy, goal, following }) {
      Object.assign(state, { point, origin, policy, goal, following });
    },
    /** @param {string} name */
    setPolicy: (name) => void (state.policy = name),
    /** @param {Point} point */
    setGoal: (point) => void (state.goal = point),
  };
}

/**
 * @param {Point} a
 * @param {Point} b
 */
function same(a, b) {
  return a.valence === b.valence && a.arousal === b.arousal;
}
