/** The title of a moment: day, time, and where the mood is going. Pure: facts in, words out. */

import { gettext } from "../../shared/i18n.js";
import { placeOf } from "../mood/plane.js";
import { meanOf } from "../mood/trail.js";
import { placeName } from "../phrases.js";

/**
 * @typedef {import("../mood/trail.js").TrailPoint} TrailPoint
 *
 * @typedef {"brighter" | "darker" | "livelier" | "calmer"} Way
 */

const CHANGE = 0.2; // a mean that moves less has not moved
const MIN_MS = 15_000; // a trail that is shorter leads nowhere yet

/** @type {Record<Way, string>} */
const WAYS = {
  brighter: gettext("getting brighter"),
  darker: gettext("getting darker"),
  livelier: gettext("getting livelier"),
  calmer: gettext("getting calmer"),
};

/**
 * @param {{valence: number, arousal: number}} before
 * @param {{valence: number, arousal: number}} after
 * @returns {Way | null} Larger of the two changes; null if neither is large enough to be named.
 */
export function wayBetween(before, after) {
  const right = after.valence - before.valence;
  const up = after.arousal - before.arousal;
  if (Math.max(Math.abs(right), Math.abs(up)) < CHANGE) return null;
  if (Math.abs(right) >= Math.abs(up)) return right > 0 ? "brighter" : "darker";
  return up > 0 ? "livelier" : "calmer";
}

/**
 * @param {TrailPoint[]} trail Oldest first.
 * @returns {Way | null} Way from the trail's first third to its last; null while there is none.
 */
export function wayOf(trail) {
  const [first, last] = [trail[0], trail.at(-1)];
  if (!first || !last || last.at - first.at < MIN_MS) return null;
  const third = (last.at - first.at) / 3;
  const before = meanOf(trail.filter(({ at }) => at <= first.at + third));
  const after = meanOf(trail.filter(({ at }) => at >= last.at - third));
  return before && after && wayBetween(before, after);
}

/**
 * @param {Date} date
 * @param {TrailPoint[]} trail
 * @param {string} language
 * @returns {string} Title such as "Saturday, 16:40, getting brighter".
 */
export function momentTitle(date, trail, language) {
  const day = new Intl.DateTimeFormat(language, { weekday: "long" }).format(date);
  const time = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(date);
  const way = wayOf(trail);
  const last = trail.at(-1);
  if (!last) return gettext("%(day)s, %(time)s", { day, time });
  const mood = way ? WAYS[way] : placeName(placeOf(last.point));
  return gettext("%(day)s, %(time)s, %(mood)s", { day, time, mood });
}
