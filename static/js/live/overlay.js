/** Boxes and labels of the faces: over the video, and in a snapshot of it. */

import { context2d } from "../shared/dom.js";
import { placeLabel, toOverlay } from "../shared/geometry.js";
import { gettext } from "../shared/i18n.js";
import { adjective, percent } from "../shared/words.js";

/**
 * @typedef {import("../camera/live_feed.js").SlottedFace} Face
 * @typedef {import("../shared/geometry.js").Size} Size
 *
 * @typedef {object} FacesView
 * @property {Face[]} faces The primary face comes first.
 * @property {boolean} mirrored
 */

/** Colours by slot, so that a face keeps its own; all are bright enough for dark text. */
const COLORS = ["#5fe0d0", "#ffd08a", "#a9c1ff", "#ffaebd", "#c9e78c", "#dcbcff"];
const SHADE = "rgb(0 0 0 / 40%)";

/** @param {number} slot Face slot, from 0. */
export function colorOf(slot) {
  return COLORS[slot % COLORS.length];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {FacesView} view
 */
export function drawFaces(canvas, { faces, mirrored }) {
  const ratio = window.devicePixelRatio || 1;
  const size = { width: canvas.clientWidth, height: canvas.clientHeight };
  const pixels = { width: Math.round(size.width * ratio), height: Math.round(size.height * ratio) };
  if (canvas.width !== pixels.width || canvas.height !== pixels.height) Object.assign(canvas, pixels);
  const context = context2d(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  paintFaces(context, { faces, mirrored, size });
}

/**
 * Takes the video's image of this moment with its boxes and labels, as the visitor sees it.
 *
 * @param {HTMLVideoElement} video Playing video of the camera.
 * @param {FacesView} view
 * @returns {Promise<Blob | null>} A PNG at the camera's size; null without an image.
 */
export async function takeSnapshot(video, { faces, mirrored }) {
  if (!video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  const size = { width: video.videoWidth, height: video.videoHeight };
  Object.assign(canvas, size);
  const context = context2d(canvas);
  if (mirrored) context.setTransform(-1, 0, 0, 1, size.width, 0);
  context.drawImage(video, 0, 0, size.width, size.height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  paintFaces(context, { faces, mirrored, size });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/**
 * Paints the primary face last, and so on top.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {FacesView & {size: Size}} view `size` is the canvas's, in the context's units.
 */
function paintFaces(context, { faces, mirrored, size }) {
  for (let index = faces.length - 1; index >= 0; index -= 1)
    drawFace(context, faces[index], { index, count: faces.length, size, mirrored });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Face} face
 * @param {{index: number, count: number, size: Size, mirrored: boolean}} view
 */
function drawFace(context, face, { index, count, size, mirrored }) {
  const box = toOverlay(face.box, size, mirrored);
  const color = colorOf(face.slot);
  strokeBox(context, box, { color, width: index === 0 ? 3 : 2, dashed: face.state === "unsure" });

  const name =
    face.state === "unsure" ? gettext("unsure") : `${adjective(face.label)} ${percent(face.confidence)}`;
  const text = count > 1 ? `${face.slot + 1}  ${name}` : name;
  context.font = "600 15px system-ui, sans-serif";
  const label = { width: context.measureText(text).width + 18, height: 28 };
  const corner = placeLabel(box, label, size);
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(corner.x, corner.y, label.width, label.height - 3, 8);
  context.fill();
  context.fillStyle = "#0d1b1a";
  context.textBaseline = "middle";
  context.fillText(text, corner.x + 9, corner.y + (label.height - 3) / 2 + 1);
}

/**
 * Draws a line that shows on bright and dark images.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("../shared/geometry.js").Rectangle} box
 * @param {{color: string, width: number, dashed: boolean}} line
 */
function strokeBox(context, box, { color, width, dashed }) {
  context.beginPath();
  context.roundRect(box.x, box.y, box.w, box.h, Math.min(14, box.w / 6));
  context.setLineDash([]);
  context.lineWidth = width + 2;
  context.strokeStyle = SHADE;
  context.stroke();
  context.setLineDash(dashed ? [8, 6] : []);
  context.lineWidth = width;
  context.strokeStyle = color;
  context.stroke();
}
