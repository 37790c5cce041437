/** Which mood counts: set by hand, or the camera's settled one. Pure. */

const START = { valence: 0, arousal: 0 };

/**
 * @param {{policy: string, goal: import("./plane.js").Point | null}} kept From the last visit.
 */
export function createMood({ policy, goal }) {
  const state = { point: START, origin: "start", policy, goal, live: null, settling: 0, following: true };
  let settled = null; // the camera's

  /** Takes the camera's settled place over, if that is another one. */
  function adopt() {
    if (!settled || (state.origin === "face" && same(settled, state.point))) return false;
    Object.assign(state, { point: settled, origin: "face" });
    return true;
  }

  return {
    state: () => ({ ...state }),
    /** What a wish for music says. */
    wish: () => ({
      mood: state.point,
      origin: state.origin === "face" ? "face" : "hand",
      policy: state.policy,
    }),
    byHand: (point) => void Object.assign(state, { point, origin: "hand", following: false }),
    /**
     * @param {{point: object | null, settled: object | null, settling: number}} place Of an acknowledgement.
     * @returns {boolean} Whether the mood that counts is another one now.
     */
    byFace(place) {
      settled = place.settled;
      Object.assign(state, { live: place.point, settling: place.settling });
      return state.following && adopt();
    },
    /** @returns {boolean} The same. */
    follow() {
      state.following = true;
      return adopt();
    },
    /** The camera is off: its last settled mood stays until another is set. */
    leave() {
      settled = null;
      Object.assign(state, { live: null, settling: 0, following: true });
    },
    setPolicy: (name) => void (state.policy = name),
    setGoal: (point) => void (state.goal = point),
  };
}

function same(a, b) {
  return a.valence === b.valence && a.arousal === b.arousal;
}
