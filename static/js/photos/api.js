/** The routes that the page of photos asks, and the answers that they give. */

import { explain } from "../shared/explain.js";
import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";

const PREVIEW_SIDE = 300;
const LARGE_PREVIEW_SIDE = 1024;
const UNREACHABLE = gettext("The server cannot be reached. Try again later.");
const UNREADABLE = gettext("The file is gone or cannot be read. Choose it again.");

/**
 * @typedef {object} Face One face of a photo or of a video's image.
 * @property {number[]} box x, y, width, height as shares of the image, 0..1.
 * @property {string} label Most probable expression.
 * @property {number} confidence Probability of `label`, 0..1.
 * @property {"sure" | "unsure"} state
 * @property {Record<string, number>} probs Probability of each expression, 0..1.
 *
 * @typedef {object} PhotoResult Answer of `POST /api/v1/photos` for one photo.
 * @property {string} name
 * @property {number} width Width in pixels.
 * @property {number} height
 * @property {Face[]} faces Largest face first.
 * @property {number} turned Degrees by which the photo was turned until its faces stood upright.
 * @property {string[]} hints
 * @property {string} [preview] Small JPEG as an address, if one was asked for.
 *
 * @typedef {object} VideoSample Faces of one image of a video.
 * @property {number} t_s Time of the image, in seconds.
 * @property {Face[]} faces
 * @property {Record<string, number> | null} shares Mean probabilities of the faces; null without a face.
 *
 * @typedef {object} VideoResult Answer of `POST /api/v1/videos`.
 * @property {string} name
 * @property {number} width Width in pixels.
 * @property {number} height
 * @property {number} duration_s
 * @property {VideoSample[]} samples
 * @property {Record<string, number> | null} shares Mean over the samples; null without a face.
 * @property {string[]} hints
 *
 * @typedef {PhotoResult | VideoResult} Result
 *
 * @typedef {object} SendProblem
 * @property {string} [code]
 * @property {string} message
 * @property {number} [retryAfterMs]
 *
 * @typedef {object} Choice How files are read; empty for the server's own choice.
 * @property {string} [model] Name of the model that reads a photo.
 * @property {string} [strength] How common expressions are taken to be, from 0, reserved, to 1, sensitive.
 *
 * @typedef {object} Sending One file on its way.
 * @property {Promise<Result>} answer Rejects with a SendProblem.
 * @property {() => void} abort
 */

/** @param {Pick<File, "name" | "type">} file Some systems do not know the type of some videos, only their name. */
export function isVideo({ name, type }) {
  return type.startsWith("video/") || /\.(mp4|m4v|mov|3gp|webm|mkv|avi)$/i.test(name);
}

/**
 * Says whether browsers in use show a format, by its first bytes: not HEIC (but in Safari) and TIFF, whatever they are
 * named.
 *
 * @param {Uint8Array} head The first 12 bytes or more.
 */
export function isShown(head) {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.slice(4, 8) === "ftyp") return text.slice(8, 11) === "avi"; // avif, avis
  return /^(\xff\xd8|\x89PNG|GIF8|BM|RIFF....WEBP)/s.test(text);
}

/**
 * Sends a file by XMLHttpRequest, because `fetch` does not tell how much has been sent.
 *
 * @param {File} file
 * @param {(share: number) => void} onSent Share of the file that has been sent, 0..1.
 * @param {Choice} [choice]
 * @returns {Sending}
 */
export function sendFile(file, onSent, choice = {}) {
  const request = new XMLHttpRequest();
  request.open("POST", isVideo(file) ? "/api/v1/videos" : "/api/v1/photos");
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => onSent(loaded / total);
  request.upload.onload = () => onSent(1);
  let isAborted = false; // before it was sent there is nothing to abort
  const cancelled = { code: "cancelled", message: "" };
  async function send() {
    const form = await formOf(file, choice).catch(() =>
      Promise.reject({ code: "unreadable", message: UNREADABLE }),
    );
    if (isAborted) throw cancelled;
    return new Promise((resolve, reject) => {
      request.onload = () => settle(request, resolve, reject);
      request.onerror = () => reject({ code: "unreachable", message: UNREACHABLE });
      request.onabort = () => reject(cancelled);
      request.send(form);
    });
  }
  return {
    answer: send(),
    abort() {
      isAborted = true;
      request.abort();
    },
  };
}

/**
 * @param {File} file
 * @param {Choice} choice
 */
async function formOf(file, { model, strength }) {
  const form = new FormData();
  form.append(isVideo(file) ? "video" : "photos", file);
  if (model && !isVideo(file)) form.append("model", model);
  if (strength) form.append("strength", strength);
  if (!isVideo(file) && !(await isShownHere(file))) form.append("preview", String(PREVIEW_SIDE));
  return form;
}

/** @param {File} file */
async function isShownHere(file) {
  return isShown(new Uint8Array(await file.slice(0, 12).arrayBuffer()));
}

/** @type {WeakMap<File, Promise<string | null>>} */
const largePreviews = new WeakMap();

/**
 * Asks the server for an image that this browser can show; of each file once.
 *
 * @param {File} file
 * @returns {Promise<string | null>} Address of the image; null where the browser shows the file itself, or without an
 *   answer.
 */
export function fetchLargePreview(file) {
  const known = largePreviews.get(file) ?? askForLargePreview(file);
  largePreviews.set(file, known);
  void known.catch(() => largePreviews.delete(file));
  return known.catch(() => null); // the small one is there already
}

/** @param {File} file */
async function askForLargePreview(file) {
  if (await isShownHere(file)) return null;

  const form = new FormData();
  form.append("photos", file);
  form.append("preview", String(LARGE_PREVIEW_SIDE));
  const response = await fetch("/api/v1/photos", { method: "POST", body: form });
  const { results } = await response.json();
  return results[0].preview ?? null;
}

/**
 * Reads files with models; of each file once by each model, unless that failed.
 *
 * @param {(file: File, model: string) => Promise<Result>} read
 */
export function readOnce(read) {
  /** @type {WeakMap<File, Map<string, Promise<Result>>>} */
  const results = new WeakMap();
  return (/** @type {File} */ file, /** @type {string} */ model) => {
    const known = results.get(file) ?? new Map();
    results.set(file, known);
    if (!known.has(model)) {
      const answer = read(file, model);
      known.set(model, answer);
      answer.catch(() => known.delete(model));
    }
    return /** @type {Promise<Result>} */ (known.get(model));
  };
}

/**
 * @param {XMLHttpRequest} request
 * @param {(result: Result) => void} resolve
 * @param {(problem: SendProblem) => void} reject
 */
function settle({ status, response }, resolve, reject) {
  if (status !== 200) {
    reject({
      code: response?.code,
      message: response?.detail ?? UNREACHABLE,
      retryAfterMs: response?.retry_after_ms,
    });
    return;
  }
  const [result] = response.results ?? [response];
  if (result.error) reject(result.error);
  else resolve(result);
}

/**
 * Asks where in the photo the model saw a face's label.
 *
 * @param {File} file
 * @param {Face} face
 * @param {string} [strength] See `Choice`.
 * @throws {Error} With a sentence for the visitor.
 */
export async function explainFace(file, { label, box }, strength = "") {
  try {
    return await explain("/api/v1/explain", { image: file, box, label, strength });
  } catch (error) {
    const { code, message } = /** @type {import("../shared/explain.js").ExplainError} */ (error);
    const text = code === "unreachable" ? UNREACHABLE : meaningOf({ code, message });
    throw new Error(text, { cause: error });
  }
}
