/** Which part of a long grid stands in the document. Pure. */

/**
 * @typedef {object} Layout
 * @property {number} num Number of tiles.
 * @property {number} columns
 * @property {number} rowHeight Height of a row with the gap below it, in pixels.
 * @property {number} top Pixels of the grid above the window's upper edge; negative if it begins below.
 * @property {number} height Height of the window in pixels.
 *
 * @typedef {object} Part
 * @property {number} first Index of the first tile.
 * @property {number} end Index behind the last.
 * @property {number} before Pixels of the rows left out above.
 * @property {number} after The same below.
 *
 * @param {Layout} layout
 * @param {number} [spare] Rows kept above and below the window, so that the next ones are there when they are scrolled
 *   to.
 * @returns {Part}
 */
export function partOfGrid({ num, columns, rowHeight, top, height }, spare = 3) {
  const rows = Math.ceil(num / columns);
  const firstRow = clamp(Math.floor(top / rowHeight) - spare, 0, Math.max(rows - 1, 0));
  const endRow = clamp(Math.ceil((top + height) / rowHeight) + spare, Math.min(firstRow + 1, rows), rows);
  return {
    first: firstRow * columns,
    end: Math.min(endRow * columns, num),
    before: firstRow * rowHeight,
    after: (rows - endRow) * rowHeight,
  };
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * Moves over the grid by a key.
 *
 * @param {string} key `KeyboardEvent.key`.
 * @param {number} index
 * @param {{num: number, columns: number}} grid
 * @returns {number | null} Index of the tile to go to; null for a key that does not move, or at an edge.
 */
export function moveByKey(key, index, { num, columns }) {
  /** @type {Record<string, number>} */
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return 0;
  if (key === "End") return num - 1;
  const next = index + steps[key];
  return next >= 0 && next < num ? next : null;
}

/**
 * Places a photo in a square that it fills, so that its largest face is seen.
 *
 * @param {{width: number, height: number, faces: {box: number[]}[]}} photo
 * @returns {string} CSS `object-position`.
 */
export function positionOf({ width, height, faces }) {
  const [x, y, w, h] = faces[0]?.box ?? [0, 0, 1, 1];
  return [along(x + w / 2, width, height), along(y + h / 2, height, width)].join(" ");
}

/**
 * @param {number} middle Where the middle of the face lies along this side, 0..1.
 * @param {number} side
 * @param {number} other The other side.
 */
function along(middle, side, other) {
  const beyond = side - Math.min(side, other); // what the square cuts off
  if (!beyond) return "50%";
  const offset = clamp(middle * side - (side - beyond) / 2, 0, beyond);
  return `${Math.round((100 * offset) / beyond)}%`;
}
