/** The photos and videos of the page as data. Pure: every function returns a new list. */

/**
 * @typedef {import("./api.js").Result} Result
 * @typedef {import("./api.js").VideoResult} VideoResult
 * @typedef {import("./api.js").VideoSample} VideoSample
 *
 * @typedef {object} Photo A photo or a video.
 * @property {number} id
 * @property {string} name
 * @property {boolean} isVideo
 * @property {"waiting" | "sending" | "reading" | "done" | "failed" | "cancelled"} state
 * @property {number} sent Share of the file that has been sent, 0..1.
 * @property {Result | null} result
 * @property {string} message Reason of a failure, for the visitor.
 * @property {boolean} again Whether another try may help.
 */

/**
 * @param {number} id
 * @param {string} name
 * @param {boolean} [isVideo]
 * @returns {Photo}
 */
export function newPhoto(id, name, isVideo = false) {
  return { id, name, isVideo, state: "waiting", sent: 0, result: null, message: "", again: true };
}

/**
 * @param {Photo[]} photos
 * @param {number} id
 * @param {Partial<Photo>} changes
 */
export function change(photos, id, changes) {
  return photos.map((photo) => (photo.id === id ? { ...photo, ...changes } : photo));
}

/**
 * @param {Result} result
 * @returns {result is VideoResult}
 */
export function isVideoResult(result) {
  return "samples" in result;
}

/**
 * @param {Record<string, number> | null} shares
 * @returns {[string, number] | null} The label with the largest share, and that share.
 */
export function leading(shares) {
  return shares ? Object.entries(shares).reduce((most, one) => (one[1] > most[1] ? one : most)) : null;
}

/**
 * Finds the times at which a video's leading expression changed.
 *
 * @param {Pick<VideoSample, "t_s" | "shares">[]} samples
 * @returns {{t_s: number, label: string | null}[]}
 */
export function changesOf(samples) {
  const all = samples.map(({ t_s, shares }) => ({ t_s, label: leading(shares)?.[0] ?? null }));
  return all.filter(({ label }, index) => index === 0 || label !== all[index - 1].label);
}

/**
 * @typedef {object} Reading One thing that was read: a face of a photo, or a whole video by its leading expression.
 * @property {string} label
 * @property {number} confidence Probability of `label`, 0..1.
 *
 * @param {Photo} photo
 * @returns {Reading[]} Largest face first; empty without a face, and until the photo was read.
 */
export function readingsOf({ state, result }) {
  if (state !== "done" || !result) return [];
  if (!isVideoResult(result)) return result.faces;
  const most = leading(result.shares);
  return most ? [{ label: most[0], confidence: most[1] }] : [];
}

/**
 * Files a photo under the expression of its largest face, or a video under its leading expression; without a face
 * under `none`, otherwise under `failed` or `pending`.
 *
 * @param {Photo} photo
 */
export function kindOf(photo) {
  if (photo.state === "failed" || photo.state === "cancelled") return "failed";
  if (photo.state !== "done" || !photo.result) return "pending";
  return readingsOf(photo)[0]?.label ?? "none";
}

/**
 * @param {Photo} photo
 * @param {string} kind `all`, an expression that any of its faces may show, `none`, `failed` or `pending`.
 */
export function isOfKind(photo, kind) {
  return kind === "all" || kindOf(photo) === kind || readingsOf(photo).some(({ label }) => label === kind);
}

/**
 * Counts every face under its expression, a video once under its leading one, and files without a reading.
 *
 * @param {Photo[]} photos
 * @returns {Map<string, number>}
 */
export function count(photos) {
  const counts = new Map();
  /** @param {string} kind */
  const add = (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const photo of photos) {
    const readings = readingsOf(photo);
    if (readings.length) readings.forEach(({ label }) => add(label));
    else add(kindOf(photo));
  }
  return counts;
}

/**
 * @param {Photo} photo
 * @param {string} kind See `isOfKind`.
 * @returns {number} Highest probability of a face of that kind; -1 without one.
 */
function confidenceOf(photo, kind) {
  const wanted = readingsOf(photo).filter(({ label }) => ["all", label].includes(kind));
  return Math.max(-1, ...wanted.map(({ confidence }) => confidence));
}

/**
 * @param {Photo[]} photos
 * @param {{kind: string, sort: string}} wish `kind` as in `isOfKind`; unfinished photos are always shown. `sort` is
 *   `added`, `name`, `sure` (by the surest face of that kind) or `expression`.
 */
export function arrange(photos, { kind, sort }) {
  const shown = photos.filter((photo) => isOfKind(photo, kind) || kindOf(photo) === "pending");
  /** @typedef {(a: Photo, b: Photo) => number} Order */
  /** @type {Order} */
  const added = (a, b) => a.id - b.id;
  /** @type {Order} */
  const sure = (a, b) => confidenceOf(b, kind) - confidenceOf(a, kind) || added(a, b);
  /** @type {Record<string, Order>} */
  const orders = {
    added,
    name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || added(a, b),
    sure,
    expression: (a, b) => kindOf(a).localeCompare(kindOf(b)) || sure(a, b),
  };
  return shown.toSorted(orders[sort] ?? added);
}

/**
 * @typedef {object} Progress
 * @property {number} total Number of photos and videos.
 * @property {number} videos Number of videos among them.
 * @property {number} faces Number of faces in photos.
 * @property {number} finished
 * @property {number} failed
 * @property {boolean} busy
 *
 * @param {Photo[]} photos
 * @returns {Progress}
 */
export function progressOf(photos) {
  const finished = photos.filter(({ state }) => !["waiting", "sending", "reading"].includes(state));
  return {
    total: photos.length,
    videos: photos.filter(({ isVideo }) => isVideo).length,
    faces: photos.reduce((sum, photo) => sum + (photo.isVideo ? 0 : readingsOf(photo).length), 0),
    finished: finished.length,
    failed: finished.filter(({ state }) => state === "failed").length,
    busy: finished.length < photos.length,
  };
}

/** @param {Photo[]} photos */
export function toJson(photos) {
  const results = photos.flatMap(({ result }) => (result ? { ...result, preview: undefined } : []));
  return `${JSON.stringify({ results }, null, 1)}\n`;
}

const PHOTO_COLUMNS = ["name", "width", "height", "turned", "hints", "t_s"];
const FACE_COLUMNS = ["face", "x", "y", "w", "h", "label", "confidence", "state"];

/**
 * Writes a row per face and one for an image without, with the columns of `python -m webapp label --csv`.
 *
 * @param {Photo[]} photos
 * @param {string[]} labels
 */
export function toCsv(photos, labels) {
  const rows = photos.flatMap(({ result }) => (result ? rowsOf(result, labels) : []));
  const head = [...PHOTO_COLUMNS, ...FACE_COLUMNS, ...labels, "error"];
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/**
 * @param {Result} result
 * @param {string[]} labels
 */
function rowsOf(result, labels) {
  const turned = isVideoResult(result) ? "" : result.turned;
  const file = [result.name, result.width, result.height, turned, result.hints.join(" ")];
  const images = isVideoResult(result) ? result.samples : [{ t_s: "", faces: result.faces }];
  const noFace = Array(FACE_COLUMNS.length + labels.length).fill("");
  return images.flatMap(({ t_s, faces }) => {
    if (!faces.length) return [[...file, t_s, ...noFace, ""]];
    return faces.map((face, index) => {
      const reading = [index + 1, ...face.box, face.label, face.confidence, face.state];
      return [...file, t_s, ...reading, ...labels.map((label) => face.probs[label]), ""];
    });
  });
}

/** @param {unknown} value */
function cell(value) {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
