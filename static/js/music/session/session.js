/** What a session was: its minutes, songs, and the mood at its start and at its end. Pure: time is an argument. */

import { gettext, ngettext } from "../../shared/i18n.js";
import { meanOf } from "../mood/trail.js";
import { wayBetween } from "./moment.js";

/**
 * @typedef {import("../mood/plane.js").Point} Point
 *
 * @typedef {object} Session
 * @property {string} start Time of the start, as of `Date.toISOString`.
 * @property {number} seconds Seconds of music.
 * @property {number} songs
 * @property {Point | null} before Mood in the first seconds; null while none was seen or set.
 * @property {Point | null} after Mood in the last seconds.
 */

const FIRST_S = 10; // the mood before is the mean of this long
const LAST_S = 3; // the mood after, which is shown as the mood now
export const MIN_S = 2 * FIRST_S;

const GAP_S = 2; // ticks further apart do not count as one stretch of time

/**
 * Collects a session; it begins with the first music.
 *
 * @param {() => Date} clock
 */
export function createSession(clock = () => new Date()) {
  let start = "";
  let seconds = 0;
  /** @type {Set<number>} */
  let songs = new Set();
  /** @type {import("../mood/trail.js").TrailPoint[]} */
  let first = [];
  /** @type {import("../mood/trail.js").TrailPoint[]} */
  let last = [];
  /** @type {number | null} */
  let lastS = null;
  /** @type {number | null} */
  let moodS = null; // when a mood was seen first

  /**
   * Adds a moment; to be called a few times a second.
   *
   * @param {{song: number | null, point: Point | null}} moment `song` is the id of the track that plays, `point` the
   *   mood that is seen or set.
   * @param {number} nowS
   */
  function tick({ song, point }, nowS) {
    const lasted = lastS === null ? 0 : nowS - lastS;
    lastS = song === null ? null : nowS;
    if (song === null) return;
    start ||= clock().toISOString();
    if (lasted <= GAP_S) seconds += lasted;
    songs.add(song);
    if (!point) return;
    moodS ??= nowS;
    if (nowS - moodS <= FIRST_S) first.push({ at: nowS, point });
    last = [...last.filter(({ at }) => nowS - at <= LAST_S), { at: nowS, point }];
  }

  return {
    tick,
    /** @returns {Session | null} Null before the first music. */
    summary: () =>
      start
        ? {
            start,
            seconds: Math.round(seconds),
            songs: songs.size,
            before: rounded(meanOf(first)),
            after: rounded(meanOf(last)),
          }
        : null,
    forget() {
      start = "";
      seconds = 0;
      songs = new Set();
      first = [];
      last = [];
      lastS = moodS = null;
    },
  };
}

/** @param {Point | null} point */
function rounded(point) {
  const two = (/** @type {number} */ value) => Math.round(value * 100) / 100 + 0; // no -0
  return point && { valence: two(point.valence), arousal: two(point.arousal) };
}

/** @type {Record<import("./moment.js").Way, string>} */
const CHANGES = {
  brighter: gettext("Brighter than at the start."),
  darker: gettext("Darker than at the start."),
  livelier: gettext("Livelier than at the start."),
  calmer: gettext("Calmer than at the start."),
};

/**
 * Says how the mood differs from the start, and claims no cause.
 *
 * @param {Session} session
 */
export function changeText({ seconds, before, after }) {
  if (!before || !after) return gettext("No mood was seen or set.");
  if (seconds < MIN_S) return gettext("Too early to say: it takes a little more music.");
  const way = wayBetween(before, after);
  return way ? CHANGES[way] : gettext("About where it was at the start.");
}

/** @param {Session} session */
export function lengthText({ seconds, songs }) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const time = ngettext("%(num)s minute", "%(num)s minutes", minutes);
  return `${time} · ${ngettext("%(num)s song", "%(num)s songs", songs)}`;
}

const MAX_KEPT = 100;

/**
 * @param {Session[]} kept
 * @param {Session} session
 * @returns {Session[]} The kept ones, with this one as the newest; it replaces itself.
 */
export function withSession(kept, session) {
  return [...kept.filter(({ start }) => start !== session.start), session].slice(-MAX_KEPT);
}
