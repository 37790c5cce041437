/** Explanations of a label: the question to the server, and the saliency map of its answer as an image. */

import { context2d } from "./dom.js";

const MAX_TRIES = 3;

/**
 * @typedef {object} Question
 * @property {Blob} image Encoded image; a `File` keeps its name.
 * @property {number[]} box Box of the face: x, y, width, height as shares of the image, 0..1.
 * @property {string} label Expression to explain.
 *
 * @typedef {object} Explanation Answer of `POST /api/v1/explain`.
 * @property {string} label Explained expression.
 * @property {number[][]} heat Saliency map: rows of shares, 0..1, over the square that the model saw.
 * @property {[number, number][]} corners Corners of that square as shares of the image: upper left, upper right, lower
 *   right, lower left, as the face sees them.
 */

/** A question without an answer; `code` is the server's, or `unreachable`. */
export class ExplainError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Asks why the model reads a label. A busy server is asked again after the time that it names, three times in all.
 *
 * @param {string} address Route of the server.
 * @param {Question} question
 * @param {object} [parts]
 * @param {typeof globalThis.fetch} [parts.fetch]
 * @param {(ms: number) => Promise<void>} [parts.wait]
 * @returns {Promise<Explanation>}
 * @throws {ExplainError}
 */
export async function explain(address, question, { fetch = globalThis.fetch, wait = sleep } = {}) {
  for (let tries = 1; ; tries += 1) {
    const { ok, body } = await post(fetch, address, question);
    if (ok) return body;
    if (body.code !== "server_busy" || tries === MAX_TRIES) throw new ExplainError(body.code, body.detail);
    await wait(body.retry_after_ms);
  }
}

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} address
 * @param {Question} question
 */
async function post(fetch, address, { image, box, label }) {
  const form = new FormData();
  form.append("picture", image, image instanceof File ? image.name : "face.jpg");
  form.append("box", box.join(","));
  form.append("label", label);
  try {
    const response = await fetch(address, { method: "POST", body: form });
    return { ok: response.ok, body: await response.json() };
  } catch (error) {
    // Also an answer that is no JSON: a proxy wrote it, the server was not reached.
    throw new ExplainError("unreachable", error instanceof Error ? error.message : String(error));
  }
}

/** @param {number} ms */
async function sleep(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Draws one pixel per cell; enlarging the image smooths the map.
 *
 * @param {number[][]} map Saliency map, 0..1.
 * @param {(share: number) => number[]} colorOf Red, green, blue and opacity of a share, 0..255.
 */
export function saliencyImage(map, colorOf) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: map[0].length, height: map.length });
  const context = context2d(canvas);
  const pixels = context.createImageData(canvas.width, canvas.height);
  map.flat().forEach((share, index) => pixels.data.set(colorOf(share), 4 * index));
  context.putImageData(pixels, 0, 0);
  return canvas;
}
