/** What plays, what comes next, and what a request for the next track says of it. Pure. */

/**
 * @typedef {import("../api.js").Selection} Selection
 *
 * @typedef {"mood" | "policy" | "goal"} Cause
 *
 * @typedef {object} PlayerState
 * @property {"idle" | "starting" | "playing" | "paused"} phase
 * @property {Selection | null} current
 * @property {Selection | null} upcoming
 * @property {boolean} moved Whether the mood or the policy has changed since the current track was chosen.
 * @property {Cause} cause What has changed, if `moved`.
 * @property {boolean} liked
 * @property {{code: string, track: import("../api.js").Track} | null} trouble Last track that did not play.
 * @property {import("../api.js").Failure | null} refusal Reason why no next track could be chosen.
 * @property {number} songs Songs heard since the mood settled.
 * @property {number[]} recent Ids of the tracks played last, newest first.
 * @property {number[]} avoid Ids of the tracks that did not play, newest first.
 */

const RECENT = 12;
const AVOID = 50;

/** @type {PlayerState} */
export const NOTHING_PLAYS = {
  phase: "idle",
  current: null,
  upcoming: null,
  moved: false,
  cause: "mood",
  liked: false,
  trouble: null,
  refusal: null,
  songs: 0,
  recent: [],
  avoid: [],
};

/**
 * @param {PlayerState} state
 * @param {Selection} selection
 * @returns {PlayerState} State once the selection plays.
 */
export function playing(state, selection) {
  return {
    ...state,
    phase: "playing",
    current: selection,
    upcoming: null,
    moved: false,
    liked: false,
    songs: state.moved || !state.current ? 0 : state.songs,
    recent: newestFirst(state.recent, selection.track.id, RECENT),
  };
}

/**
 * @param {PlayerState} state
 * @returns {PlayerState} State once the current track was heard to its end.
 */
export function heard(state) {
  return state.moved ? state : { ...state, songs: state.songs + 1 };
}

/**
 * @param {PlayerState} state
 * @param {Cause} [cause]
 * @returns {PlayerState} State once the mood has changed: the current track goes on, the count of songs starts again.
 */
export function moodChanged(state, cause = "mood") {
  return { ...state, songs: 0, moved: state.current !== null, cause };
}

/**
 * @param {PlayerState} state
 * @param {Selection} selection
 * @param {string} code
 * @returns {PlayerState} State once the selection has failed to play.
 */
export function failed(state, { track }, code) {
  return { ...state, avoid: newestFirst(state.avoid, track.id, AVOID), trouble: { code, track } };
}

/**
 * @param {PlayerState} state
 * @param {number} id
 * @returns {PlayerState} State in which the track may be chosen again.
 */
export function allowAgain(state, id) {
  return { ...state, avoid: state.avoid.filter((other) => other !== id) };
}

/**
 * @param {PlayerState} state
 * @param {import("../api.js").MoodRequest} mood
 * @returns {import("../api.js").SelectionRequest} Request for the track after the current one.
 */
export function selectionRequest({ current, moved, songs, recent, avoid }, mood) {
  return {
    ...mood,
    songs: current && !moved ? songs + 1 : songs,
    playing: current?.playlist.id ?? null,
    recent,
    avoid,
  };
}

/**
 * @param {number[]} ids
 * @param {number} id
 * @param {number} limit
 */
function newestFirst(ids, id, limit) {
  return [id, ...ids.filter((other) => other !== id)].slice(0, limit);
}
