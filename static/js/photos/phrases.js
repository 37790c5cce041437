/** The page's sentences about photos and videos. Pure: data in, words in the visitor's language out. */

import { gettext, ngettext } from "../shared/i18n.js";
import { adjective, clock, percent, portion, readingOf } from "../shared/words.js";
import { isVideoResult, leading } from "./list.js";

/** @type {Record<string, string>} */
const HINTS = {
  too_dark: gettext("The photo is dark: the reading may be wrong."),
  too_small: gettext("The face is small: the reading may be wrong."),
  cut_short: gettext("The clip ends before it says it does: this is what could be read."),
};

/** @type {Record<string, string>} */
const STATES = {
  waiting: gettext("waiting"),
  sending: gettext("being sent"),
  reading: gettext("being read"),
  cancelled: gettext("cancelled"),
};

/**
 * @param {import("./list.js").Photo} photo
 * @returns {string} Its state; the reason of a failure; empty once it was read.
 */
export function stateText({ state, message }) {
  return state === "failed" ? message : (STATES[state] ?? "");
}

/** @param {import("./api.js").PhotoResult} result */
export function hintsOf({ turned, hints }) {
  const rotation = turned
    ? gettext("Read turned by %(degrees)s°: its faces stand upright that way.", { degrees: turned })
    : "";
  return [rotation, ...hints.map((hint) => HINTS[hint])].filter(Boolean).join(" ");
}

/**
 * @param {import("./api.js").VideoResult} video
 * @returns {{label: string, detail: string, hint: string}}
 */
export function videoWords({ shares, duration_s, hints }) {
  const most = leading(shares);
  const hint = hints.map((code) => HINTS[code]).join(" ");
  if (!most) return { label: gettext("no face found"), detail: "", hint };
  const values = { share: portion(most[1]), time: clock(duration_s) };
  return { label: adjective(most[0]), detail: gettext("%(share)s on average over %(time)s", values), hint };
}

/**
 * @param {import("./list.js").Photo} photo A photo or video that was read.
 * @returns {{label: string, detail: string}} What stands on its thumbnail.
 */
export function tileWords({ result }) {
  if (!result) return { label: "", detail: "" };
  if (isVideoResult(result)) {
    const { label } = videoWords(result);
    return { label, detail: clock(result.duration_s) };
  }
  const [face, ...others] = result.faces;
  if (!face) return { label: gettext("no face"), detail: "" };
  if (others.length) return { label: manyWords(result.faces), detail: "" };
  const { state, label } = readingOf(face);
  return { label, detail: state === "unsure" ? "" : percent(face.confidence) };
}

/** @param {{label: string}[]} faces Two or more. */
function manyWords(faces) {
  const [{ label, num }, ...others] = tally(faces);
  return others.length
    ? ngettext("%(num)s face", "%(num)s faces", faces.length)
    : gettext("%(num)s %(label)s", { num, label: adjective(label) });
}

/**
 * @param {{label: string}[]} faces
 * @returns {{label: string, num: number}[]} Number of faces with each expression, most first.
 */
export function tally(faces) {
  const counts = new Map();
  for (const { label } of faces) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, num]) => ({ label, num })).toSorted((a, b) => b.num - a.num);
}

/**
 * @param {import("./list.js").Photo} photo
 * @returns {string} Accessible name of its thumbnail, such as `a.jpg: 3 happy, 2 sad`.
 */
export function tileName(photo) {
  const { name, result } = photo;
  const { label, detail } = tileWords(photo);
  const faces = result && !isVideoResult(result) ? result.faces : [];
  const many = tally(faces).map(({ label: one, num }) => `${num} ${adjective(one)}`);
  const words = faces.length > 1 ? many.join(", ") : [label, detail].filter(Boolean).join(" ");
  return `${name}: ${words}`;
}

/** @param {{t_s: number, label: string | null}} change Change of a video's leading expression. */
export function words({ t_s, label }) {
  return `${clock(t_s)} ${label ? adjective(label) : gettext("no face found")}`;
}

/** @param {import("./list.js").Progress} progress */
export function summaryOf({ total, videos, faces, finished, failed, busy }) {
  const photoCount = ngettext("%(num)s photo", "%(num)s photos", total - videos);
  const videoCount = ngettext("%(num)s clip", "%(num)s clips", videos);
  const oneKind = videos ? videoCount : photoCount;
  const isMixed = videos > 0 && videos < total;
  if (busy) {
    const all = isMixed ? ngettext("%(num)s file", "%(num)s files", total) : oneKind;
    return gettext("%(finished)s of %(all)s read", { finished, all });
  }
  const all = isMixed
    ? gettext("%(photos)s and %(clips)s", { photos: photoCount, clips: videoCount })
    : oneKind;
  const faceCount = ngettext("%(num)s face", "%(num)s faces", faces);
  const found = faces ? gettext("%(faces)s in %(files)s", { faces: faceCount, files: all }) : all;
  const failures = failed ? ngettext("%(num)s failed", "%(num)s failed", failed) : "";
  return [found, failures].filter(Boolean).join(", ");
}

/**
 * @param {number} bytes
 * @param {number} maxBytes
 */
export function tooLargeText(bytes, maxBytes) {
  /** @param {number} size */
  const mib = (size) => Math.ceil(size / 2 ** 20);
  return gettext("The file has %(has)s MiB, at most %(most)s are accepted.", {
    has: mib(bytes),
    most: mib(maxBytes),
  });
}
