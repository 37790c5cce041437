/** The routes that the page of photos asks, and the answers that they give. */

import { explain } from "../shared/explain.js";
import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";

const UNREACHABLE = gettext("The server cannot be reached. Try again later.");

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
 * @typedef {object} Sending One file on its way.
 * @property {Promise<Result>} answer Rejects with a SendProblem.
 * @property {() => void} abort
 */

/** @param {Pick<File, "name" | "type">} file Some systems do not know the type of some videos, only their name. */
export function isVideo({ name, type }) {
  return type.startsWith("video/") || /\.(mp4|m4v|mov|3gp|webm|mkv|avi)$/i.test(name);
}

/**
 * Sends a file by XMLHttpRequest, because `fetch` does not tell how much has been sent.
 *
 * @param {File} file
 * @param {(share: number) => void} onSent Share of the file that has been sent, 0..1.
 * @returns {Sending}
 */
export function sendFile(file, onSent) {
  const [route, field] = isVideo(file) ? ["/api/v1/videos", "video"] : ["/api/v1/photos", "photos"];
  const request = new XMLHttpRequest();
  /** @type {Promise<Result>} */
  const answer = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onSent(loaded / total);
    request.upload.onload = () => onSent(1);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject({ code: "unreachable", message: UNREACHABLE });
    request.onabort = () => reject({ code: "cancelled", message: "" });
  });
  const form = new FormData();
  form.append(field, file);
  request.open("POST", route);
  request.responseType = "json";
  request.send(form);
  return { answer, abort: () => request.abort() };
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
 * @throws {Error} With a sentence for the visitor.
 */
export async function explainFace(file, { label, box }) {
  try {
    return await explain("/api/v1/explain", { image: file, box, label });
  } catch (error) {
    const { code, message } = /** @type {import("../shared/explain.js").ExplainError} */ (error);
    const text = code === "unreachable" ? UNREACHABLE : meaningOf({ code, message });
    throw new Error(text, { cause: error });
  }
}
