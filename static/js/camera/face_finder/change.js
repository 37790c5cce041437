/** Whether something has moved since the last frame: the twin of webapp/recognition/change.py. Pure. */

import { averageInto } from "./pixels.js";

/**
 * @typedef {import("./pixels.js").Pixels} Pixels
 * @typedef {import("./blazeface.js").Box} Box
 */

const COLUMNS = 8;
const ROWS = 6;
const STEP = 8; // pixels from one that is looked at to the next
const MOVED_LEVELS = 6;
const REACH = 1.1;

/**
 * @param {Pixels} image
 * @returns {Float64Array} Mean brightness of each cell of the frame, judged on every eighth pixel.
 */
export function frameCells(image) {
  return averageInto(image, STEP, { width: COLUMNS, height: ROWS });
}

/**
 * @param {Float64Array} before Cells of the last frame.
 * @param {Float64Array} now Cells of this frame.
 * @param {Box[]} known Boxes of the known faces, in pixels.
 * @param {import("../../shared/geometry.js").Size} size Size of the frame in pixels.
 * @returns {boolean} Whether something moves where a newcomer would be seen first.
 */
export function hasMoved(before, now, known, size) {
  const changes = now.map((level, cell) => level - before[cell]);
  const middle = medianOf(changes);
  return changes.some(
    (change, cell) => Math.abs(change - middle) > MOVED_LEVELS && isWatched(cell, known, size),
  );
}

/**
 * With a known face the left, right and upper edge are watched, away from that face; without one everything is.
 *
 * @param {number} cell
 * @param {Box[]} known
 * @param {import("../../shared/geometry.js").Size} size
 */
function isWatched(cell, known, { width, height }) {
  const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
  if (known.length && row > 0 && column > 0 && column < COLUMNS - 1) return false;
  const [cellWidth, cellHeight] = [width / COLUMNS, height / ROWS];
  return !known.some(
    ({ x, y, w, h }) =>
      Math.abs((column + 0.5) * cellWidth - x - w / 2) < REACH * w + cellWidth / 2 &&
      Math.abs((row + 0.5) * cellHeight - y - h / 2) < REACH * h + cellHeight / 2,
  );
}

/** @param {Float64Array} values */
function medianOf(values) {
  const sorted = values.slice().sort();
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}
