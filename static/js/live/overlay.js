/** Boxes and labels of the faces: over the picture, in a snapshot and in a recording of it. */

import { colorOnPicture, UNSURE_ON_PICTURE } from "../shared/colors.js";
import { fitCanvas } from "../shared/dom.js";
import { placeLabel, toOverlay } from "../shared/geometry.js";
import { gettext } from "../shared/i18n.js";
import { expressionOf, percent } from "../shared/words.js";

/**
 * @typedef {import("../camera/live_feed.js").SlottedFace} Face
 * @typedef {import("../shared/geometry.js").Size} Size
 *
 * @typedef {object} FacesView
 * @property {Face[]} faces The followed face comes first.
 * @property {boolean} mirrored
 */

const SHADE = "rgb(0 0 0 / 40%)";

/** Of the picture's upper right corner, where the page has its buttons: two of 44 pixels and their margins. */
const BUTTONS = { width: 112, height: 56 };
const NO_BUTTONS = { width: 0, height: 0 };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {FacesView} view
 */
export function drawFaces(canvas, { faces, mirrored }) {
  const { context, width, height } = fitCanvas(canvas);
  paintFaces(context, { faces, mirrored, size: { width, height }, taken: BUTTONS });
}

/**
 * Paints a camera frame with its boxes, as the page shows them.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {FacesView & {image: HTMLCanvasElement, size: Size}} moment `image` is not mirrored; `size` is what it fills.
 */
export function paintMoment(context, { image, faces, mirrored, size }) {
  if (mirrored) context.setTransform(-1, 0, 0, 1, size.width, 0);
  context.drawImage(image, 0, 0, size.width, size.height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  paintFaces(context, { faces, mirrored, size, taken: NO_BUTTONS });
}

/**
 * Paints the followed face last, and so on top.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {FacesView & {size: Size, taken: Size}} view `size` is the canvas's, in the context's units; `taken` what
 *   buttons take of its upper right corner.
 */
function paintFaces(context, { faces, mirrored, size, taken }) {
  for (let index = faces.length - 1; index >= 0; index -= 1)
    drawFace(context, faces[index], { index, count: faces.length, size, mirrored, taken });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Face} face
 * @param {{index: number, count: number, size: Size, mirrored: boolean, taken: Size}} view
 */
function drawFace(context, face, { index, count, size, mirrored, taken }) {
  const box = toOverlay(face.box, size, mirrored);
  const color = face.state === "unsure" ? UNSURE_ON_PICTURE : colorOnPicture(face.label);
  strokeBox(context, box, { color, width: index === 0 ? 3 : 2, dashed: face.state === "unsure" });

  const name =
    face.state === "unsure" ? gettext("unsure") : `${expressionOf(face)} ${percent(face.confidence)}`;
  const text = count > 1 ? `${face.slot + 1}  ${name}` : name;
  context.font = "600 15px system-ui, sans-serif";
  const label = { width: context.measureText(text).width + 18, height: 28 };
  const corner = placeLabel(box, label, size, taken);
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
