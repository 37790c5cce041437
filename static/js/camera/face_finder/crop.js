/** Cuts faces as the model of the server wants them: the twin of webapp/recognition/crop.py. Pure. */

import { resize, roundEven, toGrey, warp } from "./pixels.js";

/**
 * @typedef {import("./pixels.js").Pixels} Pixels
 * @typedef {import("./blazeface.js").FoundFace} FoundFace
 *
 * @typedef {object} CropRule As the event `hello` has it.
 * @property {"square" | "eyes"} shape
 * @property {number} margin
 * @property {boolean} align
 * @property {number} rise
 * @property {number} size Side of a crop in pixels.
 *
 * @typedef {{x: number, y: number, side: number, angle: number}} Square Centre and side in pixels, angle in radians.
 */

const EYES_SIDE = 2.65;
const EYES_DROP = 0.31;
const EDGE = 2; // pixels around a square whose neighbours are looked at
const DARK_LUMA = 40;
const SMALL_FACE_PX = 48;

/**
 * @param {Pixels} image
 * @param {FoundFace[]} faces
 * @param {CropRule} rule
 * @returns {Uint8Array} One grey crop per face, one after the other.
 */
export function cutFaces(image, faces, rule) {
  const crops = new Uint8Array(faces.length * rule.size ** 2);
  faces.forEach((face, index) => {
    crops.set(cutSquare(image, faceSquare(face, rule), rule.size), index * rule.size ** 2);
  });
  return crops;
}

/**
 * @param {FoundFace} face
 * @param {CropRule} rule
 * @returns {Square} Part of the image that the rule wants.
 */
export function faceSquare({ box, eyes }, { shape, margin, align, rise }) {
  const [[rightX, rightY], [leftX, leftY]] = eyes;
  const tilt = Math.atan2(leftY - rightY, leftX - rightX);
  const distance = Math.hypot(leftX - rightX, leftY - rightY);
  const angle = align ? tilt : 0;
  let [x, y, side] = [box.x + box.w / 2, box.y + box.h / 2, Math.max(box.w, box.h)];
  if (shape === "eyes" && distance > 0) {
    const drop = EYES_DROP * distance;
    x = (rightX + leftX) / 2 - Math.sin(tilt) * drop;
    y = (rightY + leftY) / 2 + Math.cos(tilt) * drop;
    side = EYES_SIDE * distance;
  }
  x += Math.sin(angle) * rise * side;
  y -= Math.cos(angle) * rise * side;
  return { x, y, side: side * (1 + 2 * margin), angle };
}

/**
 * Turns the square at full resolution, then scales it.
 *
 * @param {Pixels} image
 * @param {Square} square
 * @param {number} size Side of the result in pixels.
 */
function cutSquare(image, square, size) {
  const numPixels = Math.max(1, roundEven(square.side));
  const step = square.side / numPixels;
  const [cos, sin] = [Math.cos(square.angle) * step, Math.sin(square.angle) * step];
  const middle = (numPixels - 1) / 2;
  const region = regionAround(image, square);
  const grey = toGrey(image, region);
  // Pixel centres lie at whole coordinates, boxes count from the pixels' corners: hence the 0.5.
  const toRegion = [
    ...[cos, -sin, square.x - 0.5 - middle * (cos - sin) - region.left],
    ...[sin, cos, square.y - 0.5 - middle * (sin + cos) - region.top],
  ];
  const turned = warp(grey, toRegion, numPixels);
  const all = { left: 0, top: 0, width: numPixels, height: numPixels };
  return resize(turned, all, { width: size, height: size }).data;
}

/**
 * Returns the part of the image that a square reaches: only that is made grey. The edges of the image stay edges.
 *
 * @param {Pixels} image
 * @param {Square} square
 * @returns {import("./pixels.js").Region}
 */
function regionAround({ width, height }, { x, y, side, angle }) {
  const reach = (side / 2) * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle))) + EDGE;
  /** @type {(centre: number, length: number) => [number, number]} */
  const span = (centre, length) => {
    const start = Math.min(Math.max(Math.floor(centre - reach), 0), length - 1);
    return [start, Math.max(Math.min(Math.ceil(centre + reach), length) - start, 1)];
  };
  const [left, regionWidth] = span(x, width);
  const [top, regionHeight] = span(y, height);
  return { left, top, width: regionWidth, height: regionHeight };
}

/**
 * @param {number} luma Mean brightness of the image, 0..255.
 * @param {FoundFace[]} faces Largest first.
 * @returns {string[]} Reasons why labels may be poor or missing.
 */
export function findHints(luma, faces) {
  const hints = [];
  if (luma < DARK_LUMA) hints.push("too_dark");
  if (faces.length && Math.min(faces[0].box.w, faces[0].box.h) < SMALL_FACE_PX) hints.push("too_small");
  return hints;
}
