/** The page's own keys, and the system's media keys and lock screen. Pure. */

/**
 * @typedef {"toggle" | "back" | "ahead" | "louder" | "softer" | "like" | "next"} Action
 *
 * @typedef {object} KeyPress Part of a KeyboardEvent.
 * @property {string} key
 * @property {boolean} ctrlKey
 * @property {boolean} altKey
 * @property {boolean} metaKey
 * @property {{closest?: (selector: string) => object | null}} target
 */

/** @type {Record<string, Action>} */
const ACTIONS = {
  " ": "toggle",
  ArrowLeft: "back",
  ArrowRight: "ahead",
  ArrowUp: "louder",
  ArrowDown: "softer",
  l: "like",
  n: "next",
};

/** Elements in which keys that are no letters mean something already. */
const WITH_KEYS =
  "input, select, textarea, button, a, summary, [role=tab], [contenteditable], dialog, .plane";

/** Elements in which letters mean something already. */
const WITH_LETTERS = "input:not([type=range], [type=radio], [type=checkbox]), select, textarea, dialog";

const SKIP_S = 10;

/**
 * @param {KeyPress} press
 * @returns {Action | null} Action of the key; null for a key that does nothing, or means something else there.
 */
export function actionOf({ key, ctrlKey, altKey, metaKey, target }) {
  if (ctrlKey || altKey || metaKey) return null;
  const action = ACTIONS[key.length === 1 ? key.toLowerCase() : key];
  if (!action) return null;
  const isLetter = action === "like" || action === "next";
  return target.closest?.(isLetter ? WITH_LETTERS : WITH_KEYS) ? null : action;
}

/**
 * @typedef {object} MediaActs
 * @property {() => void} play
 * @property {() => void} pause
 * @property {() => void} next
 * @property {(seconds: number) => void} seek
 * @property {() => {at: number}} position
 *
 * @typedef {import("./player_state.js").PlayerState} PlayerState
 *
 * @param {MediaSession | undefined} session Undefined in a browser that has none.
 * @param {MediaActs} acts
 * @param {(about: MediaMetadataInit) => MediaMetadata} makeMetadata
 * @returns {(state: Pick<PlayerState, "phase" | "current">, position: import("./output.js").Position) => void} Updates
 *   the lock screen.
 */
export function createMediaKeys(session, acts, makeMetadata) {
  listenToMediaKeys(session, acts);
  /** @type {PlayerState["current"]} */
  let shown = null;

  return function update({ phase, current }, { at, duration }) {
    if (!session) return;
    session.playbackState = phase === "playing" ? "playing" : current ? "paused" : "none";
    if (current !== shown) {
      shown = current;
      session.metadata = current && makeMetadata(describe(current));
    }
    if (duration && session.setPositionState)
      session.setPositionState({ duration, position: Math.min(Math.max(at, 0), duration) });
  };
}

/** @param {import("../api.js").Selection} selection */
function describe({ track, playlist }) {
  return { title: track.title, artist: track.artist, album: track.album || playlist.name };
}

/**
 * @param {MediaSession | undefined} session
 * @param {MediaActs} acts
 */
function listenToMediaKeys(session, acts) {
  /** @type {[MediaSessionAction, MediaSessionActionHandler][]} */
  const handlers = [
    ["play", acts.play],
    ["pause", acts.pause],
    ["nexttrack", acts.next],
    ["seekto", ({ seekTime }) => acts.seek(/** @type {number} */ (seekTime))],
    ["seekbackward", ({ seekOffset }) => acts.seek(acts.position().at - (seekOffset ?? SKIP_S))],
    ["seekforward", ({ seekOffset }) => acts.seek(acts.position().at + (seekOffset ?? SKIP_S))],
  ];
  for (const [action, handler] of handlers) {
    try {
      session?.setActionHandler(action, handler);
    } catch {
      // A browser without this key: the others still work.
    }
  }
}
