/** Boxes and labels over the video. */

import { placeLabel, toOverlay } from "../shared/geometry.js";
import { gettext } from "../shared/i18n.js";
import { adjective, percent } from "../shared/words.js";

/** By seat, so that a face keeps its colour; all bright enough for dark text. */
const COLORS = ["#5fe0d0", "#ffd08a", "#a9c1ff", "#ffaebd", "#c9e78c", "#dcbcff"];
const SHADE = "rgb(0 0 0 / 40%)";

/** @param {number} seat From 0. */
export function colorOf(seat) {
  return COLORS[seat % COLORS.length];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{faces: object[], mirrored: boolean}} view The face that is read comes first; `seat` is its number from 0.
 */
export function drawFaces(canvas, { faces, mirrored }) {
  const ratio = window.devicePixelRatio || 1;
  const size = { width: canvas.clientWidth, height: canvas.clientHeight };
  const pixels = { width: Math.round(size.width * ratio), height: Math.round(size.height * ratio) };
  if (canvas.width !== pixels.width || canvas.height !== pixels.height) Object.assign(canvas, pixels);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  paintFaces(context, { faces, mirrored, size });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{faces: object[], mirrored: boolean, size: {width: number, height: number}}} view As above; the size in the
 *   context's units.
 */
export function paintFaces(context, { faces, mirrored, size }) {
  for (let index = faces.length - 1; index >= 0; index -= 1) {
    drawFace(context, faces[index], { index, count: faces.length, size, mirrored }); // the one that is read on top
  }
}

function drawFace(context, face, { index, count, size, mirrored }) {
  const box = toOverlay(face.box, size, mirrored);
  const color = colorOf(face.seat);
  strokeBox(context, box, { color, width: index === 0 ? 3 : 2, dashed: face.state === "unsure" });

  const name =
    face.state === "unsure" ? gettext("unsure") : `${adjective(face.label)} ${percent(face.confidence)}`;
  const text = count > 1 ? `${face.seat + 1}  ${name}` : name;
  context.font = "600 15px system-ui, sans-serif";
  const label = { width: context.measureText(text).width + 18, height: 28 };
  const at = placeLabel(box, label, size);
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(at.x, at.y, label.width, label.height - 3, 8);
  context.fill();
  context.fillStyle = "#0d1b1a";
  context.textBaseline = "middle";
  context.fillText(text, at.x + 9, at.y + (label.height - 3) / 2 + 1);
}

/** A line that shows on bright and dark pictures. */
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
