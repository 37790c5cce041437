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
 * Finds how names fit below their marks without touching: on a line or on two; the first ones win.
 *
 * @typedef {object} TextSizes
 * @property {number} letter Width of a letter, in pixels.
 * @property {number} mark Height of a mark with a line of text, in pixels.
 * @property {number} line Height of each further line, in pixels.
 * @property {number} gap Pixels between two names side by side.
 * @property {number} limit Letters of the longest line.
 *
 * @param {{name: string, point: Point}[]} marks Marks, the most important first.
 * @param {{width: number, height: number}} size Size of the plane, in pixels.
 * @param {TextSizes} text
 * @returns {string[][]} Lines of each mark's name; none where there is no room.
 */
export function fittingNames(marks, size, text) {
  /** @type {ReturnType<typeof boxOf>[]} */
  const taken = [];
  return marks.map(({ name, point }) => {
    const share = toShare(point);
    const at = { x: share.x * size.width, y: share.y * size.height };
    for (const lines of waysToWrite(name, text.limit)) {
      const box = boxOf(at, lines, text);
      const inside = box.left >= 0 && box.right <= size.width;
      if (inside && taken.every((other) => isApart(box, other, text.gap))) {
        taken.push(box);
        return lines;
      }
    }
    return [];
  });
}

/**
 * @param {string} name
 * @param {number} limit
 * @returns {string[][]} The name on one line, and on two of which the longer is as short as it can be.
 */
function waysToWrite(name, limit) {
  const words = name.split(" ");
  const broken = words
    .slice(1)
    .map((_, index) => [words.slice(0, index + 1).join(" "), words.slice(index + 1).join(" ")])
    .sort((one, other) => longest(one) - longest(other));
  return [[name], ...broken.slice(0, 1)].map((lines) =>
    lines.map((line) => (line.length > limit ? `${line.slice(0, limit - 1)}…` : line)),
  );
}

/** @param {string[]} lines */
function longest(lines) {
  return Math.max(...lines.map(({ length }) => length));
}

/**
 * @param {{x: number, y: number}} at
 * @param {string[]} lines
 * @param {TextSizes} text
 */
function boxOf({ x, y }, lines, text) {
  const half = (longest(lines) * text.letter) / 2;
  return { left: x - half, right: x + half, top: y, bottom: y + text.mark + (lines.length - 1) * text.line };
}

/**
 * @param {ReturnType<typeof boxOf>} a
 * @param {ReturnType<typeof boxOf>} b
 * @param {number} gap
 */
function isApart(a, b, gap) {
  return a.right + gap < b.left || b.right + gap < a.left || a.bottom < b.top || b.bottom < a.top;
}
