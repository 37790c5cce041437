/** The photos and clips of the page as data. Pure: every function returns a new list. */

import { leading } from "./video_chart.js";

/**
 * @typedef {object} Photo
 * @property {number} id
 * @property {string} name
 * @property {boolean} clip Whether it is a clip.
 * @property {"waiting" | "sending" | "reading" | "done" | "failed" | "cancelled"} state
 * @property {number} sent 0..1
 * @property {object | null} result As `POST /api/v1/photos` has it.
 * @property {string} message Why it failed.
 * @property {boolean} again Whether trying again may help.
 */

export const SORTS = ["added", "name", "sure", "expression"];

/** @param {number} id @param {string} name @param {boolean} [clip] @returns {Photo} */
export function newPhoto(id, name, clip = false) {
  return { id, name, clip, state: "waiting", sent: 0, result: null, message: "", again: true };
}

/** @param {Photo[]} photos @param {number} id @param {Partial<Photo>} changes */
export function change(photos, id, changes) {
  return photos.map((photo) => (photo.id === id ? { ...photo, ...changes } : photo));
}

/** What a photo is filed under: its largest face's expression, `none` without a face, `failed`, or `pending`. */
export function kindOf({ state, result }) {
  if (state === "failed" || state === "cancelled") return "failed";
  if (state !== "done") return "pending";
  return mainOf(result)?.label ?? "none";
}

/** A photo's largest face, or what leads a clip. @returns {{label: string, confidence: number} | undefined} */
function mainOf({ faces, samples, shares }) {
  if (!samples) return faces[0];
  const most = leading(shares);
  return most ? { label: most[0], confidence: most[1] } : undefined;
}

/** @param {Photo[]} photos @returns {Map<string, number>} How many there are of each kind. */
export function count(photos) {
  const counts = new Map();
  for (const photo of photos) counts.set(kindOf(photo), (counts.get(kindOf(photo)) ?? 0) + 1);
  return counts;
}

/**
 * @param {Photo[]} photos
 * @param {{kind: string, sort: string}} wish `kind` `all` shows every photo; what is not finished is always shown.
 */
export function arrange(photos, { kind, sort }) {
  const shown = photos.filter((photo) => kind === "all" || [kind, "pending"].includes(kindOf(photo)));
  const sure = (photo) => (photo.result && mainOf(photo.result)?.confidence) ?? -1;
  const orders = {
    added: (a, b) => a.id - b.id,
    name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id - b.id,
    sure: (a, b) => sure(b) - sure(a) || a.id - b.id,
    expression: (a, b) => kindOf(a).localeCompare(kindOf(b)) || sure(b) - sure(a) || a.id - b.id,
  };
  return shown.toSorted(orders[sort] ?? orders.added);
}

/** How far the work is. */
export function progressOf(photos) {
  const finished = photos.filter(({ state }) => !["waiting", "sending", "reading"].includes(state));
  const failed = finished.filter(({ state }) => state === "failed").length;
  const clips = photos.filter(({ clip }) => clip).length;
  return {
    total: photos.length,
    clips,
    finished: finished.length,
    failed,
    busy: finished.length < photos.length,
  };
}

/** @param {Photo[]} photos */
export function toJson(photos) {
  return `${JSON.stringify({ results: photos.filter(({ result }) => result).map(({ result }) => result) }, null, 1)}\n`;
}

const PHOTO_COLUMNS = ["name", "width", "height", "turned", "hints", "t_s"];
const FACE_COLUMNS = ["face", "x", "y", "w", "h", "label", "confidence", "state"];

/**
 * A row per face and one for a picture without, the columns of `python -m webapp label --csv`.
 *
 * @param {Photo[]} photos @param {string[]} labels
 */
export function toCsv(photos, labels) {
  const rows = [[...PHOTO_COLUMNS, ...FACE_COLUMNS, ...labels, "error"]];
  for (const { result } of photos) {
    if (!result) continue;
    const file = [result.name, result.width, result.height, result.turned, result.hints.join(" ")];
    for (const { t_s = "", faces } of result.samples ?? [result]) {
      faces.forEach((face, at) => {
        const seen = [at + 1, ...face.box, face.label, face.confidence, face.state];
        rows.push([...file, t_s, ...seen, ...labels.map((label) => face.probs[label]), ""]);
      });
      if (!faces.length)
        rows.push([...file, t_s, ...Array(FACE_COLUMNS.length + labels.length).fill(""), ""]);
    }
  }
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value) {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
