/** Explanations of a label: the question to the server, and its answer as an image and in words. */

import { context2d } from "./dom.js";
import { gettext } from "./i18n.js";
import { adjective, percent } from "./words.js";

const MAX_TRIES = 3;
const MAP_SIDE = 220; // pixels of a map's image

/**
 * @typedef {object} Question
 * @property {Blob} image Encoded image; a `File` keeps its name.
 * @property {number[]} box Box of the face: x, y, width, height as shares of the image, 0..1.
 * @property {string} label Expression to explain.
 * @property {string} [strength] How common expressions are taken to be, 0..1; empty for the server's own.
 *
 * @typedef {object} Explanation Answer of `POST /api/v1/explain`.
 * @property {string} label Explained expression.
 * @property {number[][]} heat Saliency map: rows of shares, 0..1, over the square that the model saw.
 * @property {[number, number][]} corners Corners of that square as shares of the image: upper left, upper right, lower
 *   right, lower left, as the face sees them.
 * @property {[number, number, number, number]} oval The face's oval in that square: centre and radii as shares of it.
 * @property {{probs: Record<string, number>}} face Reading of the face.
 * @property {{share: number, probs: Record<string, number>}} without_hot How much of the square is hot, and the reading
 *   once that is blurred.
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
async function post(fetch, address, { image, box, label, strength }) {
  const form = new FormData();
  form.append("picture", image, image instanceof File ? image.name : "face.jpg");
  form.append("box", box.join(","));
  form.append("label", label);
  if (strength) form.append("strength", strength);
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
 * Draws a map as the pages show it: smooth, cold to hot, and nothing outside of the face's oval.
 *
 * @param {Pick<Explanation, "heat" | "oval">} explanation
 * @returns {HTMLCanvasElement} Square.
 */
export function saliencyImage({ heat, oval: [x, y, radiusX, radiusY] }) {
  const cells = canvasOf(heat[0].length, heat.length);
  const pixels = new ImageData(cells.width, cells.height);
  heat.flat().forEach((share, index) => pixels.data.set([255 * share, 0, 0, 255], 4 * index));
  context2d(cells).putImageData(pixels, 0, 0);
  const image = canvasOf(MAP_SIDE, MAP_SIDE);
  const context = context2d(image);
  context.imageSmoothingQuality = "high";
  context.drawImage(cells, 0, 0, MAP_SIDE, MAP_SIDE); // smoothed as shares: colours would blend to others
  const smooth = context.getImageData(0, 0, MAP_SIDE, MAP_SIDE);
  for (let at = 0; at < smooth.data.length; at += 4) {
    smooth.data.set(heatColor(smooth.data[at] / 255), at);
  }
  context.putImageData(smooth, 0, 0);
  context.globalCompositeOperation = "destination-in";
  context.filter = `blur(${MAP_SIDE / 50}px)`;
  context.beginPath();
  context.ellipse(x * MAP_SIDE, y * MAP_SIDE, radiusX * MAP_SIDE, radiusY * MAP_SIDE, 0, 0, 2 * Math.PI);
  context.fill();
  return image;
}

/**
 * @param {number} width
 * @param {number} height
 */
function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/**
 * Colours of shares, 0..1, with red, green, blue and opacity. From `HOT` of webapp/explain/hot_area.py on they are red.
 *
 * @type {[number, number[]][]}
 */
const SCALE = [
  [0, [40, 90, 200, 0]],
  [0.06, [40, 110, 215, 90]],
  [0.16, [60, 190, 190, 125]],
  [0.26, [255, 200, 60, 150]],
  [0.3, [240, 85, 40, 165]],
  [1, [205, 10, 25, 205]],
];

/**
 * @param {number} share 0..1
 * @returns {number[]} Red, green, blue and opacity, 0..255.
 */
export function heatColor(share) {
  const upper = Math.max(
    1,
    SCALE.findIndex(([at]) => share <= at),
  );
  const [[low, from], [high, to]] = [SCALE[upper - 1], SCALE[upper]];
  const part = (share - low) / (high - low);
  return from.map((value, index) => value + part * (to[index] - value));
}

/**
 * Says what a map shows, and what the label loses without its red area.
 *
 * @param {Explanation} explanation
 * @returns {{sentence: string, proof: string}} `proof` is empty where nothing is red.
 */
export function explanationWords({ heat, label, face, without_hot: without }) {
  const words = { label: adjective(label) };
  if (heat.every((row) => row.every((cell) => cell === 0))) {
    return { sentence: gettext("Nothing in this face speaks for “%(label)s”.", words), proof: "" };
  }
  const values = { before: percent(face.probs[label]), after: percent(without.probs[label]) };
  return {
    sentence: gettext("Red areas count most for “%(label)s”.", words),
    proof: without.share ? gettext("Without the red area: %(before)s → %(after)s", values) : "",
  };
}

/**
 * Computes the transform that shows a square of an image upright in the middle of a square canvas.
 *
 * @param {[number, number][]} corners Upper left, upper right, lower right, lower left, as shares of the image.
 * @param {import("./geometry.js").Size} image
 * @param {{side: number, margin: number}} canvas Side of the canvas and width of the rim around the square, in pixels.
 * @returns {[number, number, number, number, number, number]} Arguments of `setTransform`, from image pixels to canvas
 *   pixels.
 */
export function squareToCanvas(corners, image, { side, margin }) {
  const [[x0, y0], [x1, y1], , [x3, y3]] = corners.map(([x, y]) => [x * image.width, y * image.height]);
  const [ax, ay, bx, by] = [x1 - x0, y1 - y0, x3 - x0, y3 - y0]; // the square's own axes
  const scale = (side - 2 * margin) / (ax * by - bx * ay);
  const [a, b, c, d] = [by * scale, -ay * scale, -bx * scale, ax * scale];
  return [a, b, c, d, margin - a * x0 - c * y0, margin - b * x0 - d * y0];
}
