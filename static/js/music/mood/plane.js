/** The plane of valence and arousal as numbers. Pure. */

/** @typedef {{valence: number, arousal: number}} Point Place on the plane, both -1..1. */

const SIDE = 0.25;
const STEP = 0.05;
const BIG_STEP = 0.25;

/** @param {number} value */
const within = (value) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100));

/**
 * @param {Point} point
 * @returns {{x: number, y: number}} Shares of the plane's width and height, 0..1 from its top left corner.
 */
export function toShare({ valence, arousal }) {
  return { x: (valence + 1) / 2, y: (1 - arousal) / 2 };
}

/**
 * @param {number} x Share of the plane's width; values outside 0..1 count as the edge.
 * @param {number} y Share of the plane's height, from the top.
 * @returns {Point} Nearest point, rounded to hundredths.
 */
export function fromShare(x, y) {
  return { valence: within(2 * x - 1), arousal: within(1 - 2 * y) };
}

/**
 * @param {Point} a
 * @param {Point} b
 */
export function distance(a, b) {
  return Math.hypot(a.valence - b.valence, a.arousal - b.arousal);
}

/**
 * @param {Point} point
 * @param {string} key Key as in `KeyboardEvent.key`.
 * @param {boolean} far Whether to take a large step, as with Shift.
 * @returns {Point | null} New place of the point; null for a key that moves nothing.
 */
export function nudge(point, key, far) {
  const by = far ? BIG_STEP : STEP;
  const moves = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
  if (key === "Home") return { valence: 0, arousal: 0 };
  if (!isArrow(key)) return null;
  const [right, up] = moves[key];
  return { valence: within(point.valence + right), arousal: within(point.arousal + up) };
}

/**
 * @param {string} key
 * @returns {key is "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown"}
 */
function isArrow(key) {
  return /^Arrow(Left|Right|Up|Down)$/.test(key);
}

/**
 * @param {number} value -1..1
 * @param {string} low
 * @param {string} high
 */
function side(value, low, high) {
  return Math.abs(value) < SIDE ? [] : [value < 0 ? low : high];
}

/**
 * @param {Point} point
 * @returns {string} The server's word for a place, such as `pleasant_active`; `even` near the middle.
 */
export function placeOf({ valence, arousal }) {
  return (
    [...side(valence, "unpleasant", "pleasant"), ...side(arousal, "quiet", "active")].join("_") || "even"
  );
}

/**
 * Finds the names that fit below their marks without overlapping; the first ones win.
 *
 * @param {{name: string, point: Point}[]} marks Marks, the most important first.
 * @param {{width: number, height: number}} size Size of the plane, in pixels.
 * @param {{letter: number, line: number, limit: number}} text Pixels of a letter and of a line; letters of the longest
 *   name.
 * @returns {boolean[]} Whether each mark shows its name.
 */
export function fittingNames(marks, size, text) {
  /** @type {{left: number, right: number, top: number}[]} */
  const taken = [];
  return marks.map(({ name, point }) => {
    const at = toShare(point);
    const half = (Math.min(name.length, text.limit) * text.letter) / 2;
    const box = { left: at.x * size.width - half, right: at.x * size.width + half, top: at.y * size.height };
    const free = taken.every(
      (b) => box.right < b.left || box.left > b.right || Math.abs(box.top - b.top) > text.line,
    );
    const inside = box.left >= 0 && box.right <= size.width;
    if (free && inside) taken.push(box);
    return free && inside;
  });
}
