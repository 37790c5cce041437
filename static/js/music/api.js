/** The music's HTTP API (docs/reference/music.md): its data, its calls, and the message that a refusal becomes. */

import { isUntitled, linkTitle } from "./link_titles.js";
import { refusalOf } from "./phrases.js";

/**
 * @typedef {import("./mood/plane.js").Point} Point
 *
 * @typedef {object} Track
 * @property {number} id
 * @property {"file" | "stream" | "embed" | "built_in"} kind
 * @property {string} title
 * @property {string} artist
 * @property {string} album
 * @property {number | null} duration_s
 * @property {Point | null} point
 * @property {"user" | "tags" | "ear" | "maker" | "nobody"} mood_by Origin of `point`.
 * @property {"ok" | "missing" | "unreadable"} state
 * @property {string} problem Reason why the track cannot be played, in English.
 * @property {string} url
 * @property {TrackDetails} details
 * @property {boolean} may_change Whether this visitor may correct or remove it.
 * @property {boolean} [untitled] Whether its service could not be asked for the title, so `title` is made up.
 *
 * @typedef {object} TrackDetails
 * @property {number} seed Integer that a built-in piece is composed from.
 * @property {string} provider Music service, such as `soundcloud`.
 * @property {string} frame Address of another site's player.
 * @property {number | null} [height] Height of that player, in pixels.
 * @property {number | null} [loudness_lufs] Loudness of a file (EBU R 128); null if it could not be measured.
 * @property {number | null} [peak_db] Its true peak, in dB of full scale.
 *
 * @typedef {object} Playlist
 * @property {number} id
 * @property {"own" | "folder" | "mood" | "built_in"} kind
 * @property {string} name
 * @property {Point | null} point
 * @property {"user" | "tracks" | "maker"} placed_by Origin of `point`.
 * @property {number} num_tracks
 * @property {boolean} may_change Whether this visitor may move, fill or delete it.
 *
 * @typedef {object} Entry Track at a position of a playlist.
 * @property {number} id
 * @property {number} position Counted from 0.
 * @property {Track} track
 *
 * @typedef {object} Reason Codes for why this playlist and this track were chosen.
 * @property {"face" | "hand" | "start" | "pressed"} origin Origin of the mood; `start` while nobody has chosen any,
 *   `pressed` where the visitor has chosen the playlist instead.
 * @property {string} mood Word for the mood's place, as in `placeOf`.
 * @property {"match" | "begin" | "step" | "arrived"} step Position on the policy's path.
 * @property {string} policy
 * @property {number} songs Songs left on the path.
 * @property {string} goal Word for the policy's goal, as in `placeOf`.
 * @property {string} playlist Such as `nearest`, `liked`, `among_near`, `stay` or `only_one`.
 * @property {string} track Such as `nearest`, `liked`, `among_near` or `only_one`.
 *
 * @typedef {object} Selection Track to play, as `POST /api/v1/music/next` answers.
 * @property {Playlist} playlist
 * @property {Track} track
 * @property {Point} target Place on the plane that the choice aims at.
 * @property {Reason | null} reason Null where the visitor chose the track.
 *
 * @typedef {object} MoodRequest
 * @property {Point} mood
 * @property {"face" | "hand"} origin
 * @property {string} policy
 * @property {Point | null} [goal] Goal of the visitor, for policies that leave it open.
 *
 * @typedef {object} HistoryRequest
 * @property {number} songs Songs heard since the mood settled.
 * @property {number | null} playing Id of the playlist that plays.
 * @property {number[]} recent Ids of the tracks played last, newest first.
 * @property {number[]} avoid Ids of the tracks that did not play.
 *
 * @typedef {MoodRequest & HistoryRequest} SelectionRequest
 *
 * @typedef {"like" | "unlike" | "skip" | "unskip" | "played"} Feedback
 *
 * @typedef {object} Scan Progress of the music folder's scan.
 * @property {"idle" | "reading" | "listening" | "done" | "failed"} state
 * @property {number} num_found Files of this phase.
 * @property {number} num_done
 * @property {number} num_problems Files that cannot be read.
 * @property {string} message Reason for a failure.
 * @property {boolean} has_folder Whether the operator has set a music folder.
 *
 * @typedef {{tracks: Track[], total: number}} TracksPage
 * @typedef {{playlists: Playlist[], total: number, choosable: number[]}} PlaylistsPage `choosable` holds the ids of
 *   those that music is chosen from now.
 * @typedef {{entries: Entry[], total: number}} EntriesPage
 *
 * @typedef {{code?: string, message: string}} Failure Error of the API, or a fault of this page, which has no `code`.
 *
 * @typedef {object} Api
 * @property {<T>(path: string) => Promise<T>} get
 * @property {<T>(path: string, body?: object) => Promise<T>} post
 * @property {<T>(path: string, body?: object) => Promise<T>} patch
 * @property {(path: string) => Promise<void>} remove
 *
 * @typedef {{show: (toast: import("../shared/toasts.js").Toast) => void}} Toasts
 *
 * @typedef {(act: () => Promise<unknown>) => Promise<boolean>} Attempt Runs calls of the API; resolves with whether all
 *   of them succeeded.
 */

/** Error of a call; `code` is the server's, `offline` without an answer, or `unexpected`. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const LIMIT_MS = 10_000;

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {<T>(answer: T) => T} [naming] Translation applied to each answer.
 * @returns {Api} Calls that resolve with the answer or reject with an ApiError.
 */
export function createApi(fetch, naming = (answer) => answer) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async function ask(method, path, body) {
    let answer;
    try {
      answer = await fetch(`/api/v1${path}`, {
        method,
        ...encode(body),
        signal: AbortSignal.timeout(LIMIT_MS),
      });
    } catch {
      throw new ApiError("offline", "no answer");
    }
    if (!answer.ok) throw await refusal(answer);
    return answer.status === 204 ? null : naming(await answer.json());
  }

  return {
    get: (path) => ask("GET", path),
    post: (path, body) => ask("POST", path, body),
    patch: (path, body) => ask("PATCH", path, body),
    remove: (path) => ask("DELETE", path),
  };
}

/**
 * @param {object | undefined} body
 * @returns {RequestInit}
 */
function encode(body) {
  if (body === undefined) return {};
  if (body instanceof FormData) return { body };
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** @param {Response} answer */
async function refusal(answer) {
  try {
    /** @type {{code?: string, detail?: string, title?: string, errors?: {detail?: string}[] | null}} */
    const { code, detail, title, errors } = await answer.json();
    const wrong = (errors ?? []).map(({ detail: text }) => text).find(Boolean); // names the field, unlike `detail`
    return new ApiError(code ?? "unexpected", wrong ?? detail ?? title ?? String(answer.status));
  } catch {
    return new ApiError("unexpected", String(answer.status));
  }
}

/**
 * Translates the names of built-in playlists and pieces: the server's answers have the English ones. Pure.
 *
 * @param {Record<string, string>} names Names of built-in playlists in the visitor's language, by their English ones.
 * @param {Record<string, string>} [moods] The same of playlists that the server divides a folder into by mood.
 * @returns {<T>(answer: T) => T} Translation of everything built-in, wherever in an answer it stands.
 */
export function createNaming(names, moods = {}) {
  /** @param {string} text Name, or name and number of a piece. */
  function translate(text) {
    const [, name = text, number = ""] = /^(.*?)( \d+)?$/.exec(text) ?? [];
    return names[name] ? names[name] + number : text;
  }

  /**
   * @param {any} answer JSON of any shape.
   * @returns {any}
   */
  function naming(answer) {
    if (Array.isArray(answer)) return answer.map(naming);
    if (answer === null || typeof answer !== "object") return answer;
    const named = Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, naming(value)]));
    for (const key of ["name", "title"]) {
      if (answer.kind === "built_in" && typeof answer[key] === "string") named[key] = translate(answer[key]);
    }
    if (answer.kind === "embed" && typeof answer.url === "string") {
      named.title = linkTitle(answer);
      named.untitled = isUntitled(answer);
    }
    if (answer.kind === "mood") named.name = moods[answer.name] ?? answer.name;
    return named;
  }

  return naming;
}

/**
 * @param {Toasts} toasts
 * @returns {Attempt} Shows a refusal as a message.
 */
export function createAttempt(toasts) {
  return async (act) => {
    try {
      await act();
      return true;
    } catch (error) {
      const failure = /** @type {Failure} */ (error);
      if (failure.code === undefined) console.error(error); // a fault of this page
      toasts.show({
        text: refusalOf(failure.code === undefined ? { code: "unexpected", message: "" } : failure),
      });
      return false;
    }
  };
}
