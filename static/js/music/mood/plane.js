/** The plane of valence and arousal as numbers. Pure. */

/** @typedef {{valence: number, arousal: number}} Point Both -1..1. */

const SIDE = 0.25;
const STEP = 0.05;
const BIG_STEP = 0.25;

/** @param {number} value */
const within = (value) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100));

/**
 * @param {Point} point
 * @returns {{x: number, y: number}} Shares of the plane's width and height from its top left corner, 0..1.
 */
export function toShare({ valence, arousal }) {
  return { x: (valence + 1) / 2, y: (1 - arousal) / 2 };
}

/**
 * @param {number} x Share of the plane's width; outside counts as the edge.
 * @param {number} y Share of its height, from the top.
 * @returns {Point} In hundredths.
 */
export function fromShare(x, y) {
  return { valence: within(2 * x - 1), arousal: within(1 - 2 * y) };
}

/** @param {Point} a @param {Point} b */
export function distance(a, b) {
  return Math.hypot(a.valence - b.valence, a.arousal - b.arousal);
}

/**
 * @param {Point} point
 * @param {string} key As in `KeyboardEvent.key`.
 * @param {boolean} far Whether it goes a long way, as with Shift.
 * @returns {Point | null} Where the key moves it; null for a key that moves nothing.
 */
export function nudge(point, key, far) {
  const by = far ? BIG_STEP : STEP;
  const move = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] }[key];
  if (key === "Home") return { valence: 0, arousal: 0 };
  if (!move) return null;
  return { valence: within(point.valence + move[0]), arousal: within(point.arousal + move[1]) };
}

/**
 * @param {Point} point
 * @returns {string} The server's word for a place, such as `pleasant_active`; near the middle `even`.
 */
export function placeOf({ valence, arousal }) {
  const side = (value, low, high) => (Math.abs(value) < SIDE ? [] : [value < 0 ? low : high]);
  return (
    [...side(valence, "unpleasant", "pleasant"), ...side(arousal, "quiet", "active")].join("_") || "even"
  );
}

/**
 * Which names can stand below their marks without lying on each other; the first ones win.
 *
 * @param {{name: string, point: Point}[]} marks Those that matter most first.
 * @param {{width: number, height: number}} size Of the plane, in pixels.
 * @param {{letter: number, line: number, limit: number}} text Pixels of a letter and a line; letters of the longest name.
 * @returns {boolean[]} Per mark.
 */
export function fittingNames(marks, size, text) {
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
