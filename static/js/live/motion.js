/**
 * Where a face of an earlier frame is in a later one, found in the pictures themselves: the place whose grey levels
 * differ least. A box that is only predicted leaves a face that turns round. Pure.
 */

const GRID = 18; // points of the face that are compared, in each direction
const INSET = 0.1; // share of the box that is left out at each side: mostly background
const RANGE = 9; // pixels of the small picture around the expected place
const MAX_DIFFERENCE = 26; // grey levels; a worse place is not the face
const MAX_DIFFERENCE_ANYWHERE = 14; // of so many places one is a little like a face
const STEP = 3; // between the places that are looked at first
const FEW = 5; // in the whole picture, one point in so many is compared first

/**
 * @typedef {object} GreyPicture A camera frame, small and grey.
 * @property {Uint8ClampedArray | number[]} pixels Grey levels, row by row.
 * @property {number} width
 * @property {number} height
 *
 * @typedef {{x: number, y: number}} Shift In shares of the picture's width and height.
 */

/**
 * @param {GreyPicture} before
 * @param {GreyPicture} now Of the same size.
 * @param {number[]} box x, y, w, h in `before`, as shares of the picture.
 * @param {Shift} expected
 * @returns {Shift | null} Null if no place near the expected one looks like the face.
 */
export function shiftOf(before, now, box, expected) {
  const difference = differenceOf(pointsIn(box, before), before, now);
  const start = { x: Math.round(expected.x * now.width), y: Math.round(expected.y * now.height) };
  return exactly(difference, lowest(difference, start, RANGE, STEP), now, MAX_DIFFERENCE);
}

/**
 * Looks in the whole picture: a face that turned round while the page had no time is far from where it was expected.
 *
 * @param {GreyPicture} before
 * @param {GreyPicture} now Of the same size.
 * @param {number[]} box x, y, w, h in `before`, as shares of the picture.
 * @returns {Shift | null} Null if no place looks much like the face.
 */
export function shiftAnywhere(before, now, box) {
  const points = pointsIn(box, before);
  const few = points.filter((_, index) => index % FEW === 0);
  const quick = differenceOf(few, before, now);
  let best = { x: 0, y: 0, value: quick(0, 0) };
  const [left, top] = [Math.floor(box[0] * now.width), Math.floor(box[1] * now.height)];
  for (let y = -top; y < now.height - top; y += STEP)
    for (let x = -left; x < now.width - left; x += STEP) {
      const value = quick(x, y);
      if (value < best.value) best = { x, y, value };
    }
  const difference = differenceOf(points, before, now);
  const near = lowest(difference, { x: best.x, y: best.y }, STEP, 1);
  return exactly(difference, near, now, MAX_DIFFERENCE_ANYWHERE);
}

/**
 * @param {number[][]} points
 * @param {GreyPicture} before
 * @param {GreyPicture} now
 * @returns {(dx: number, dy: number) => number} Mean difference of the grey levels if all moved by so many pixels.
 */
function differenceOf(points, before, now) {
  const levels = points.map(([x, y]) => before.pixels[y * before.width + x]);
  return (dx, dy) => meanDifference(points, levels, now, dx, dy);
}

/**
 * @param {(dx: number, dy: number) => number} difference
 * @param {{x: number, y: number}} around
 * @param {GreyPicture} picture
 * @param {number} most
 * @returns {Shift | null} The best place around one, to a part of a pixel; null if it differs too much.
 */
function exactly(difference, around, { width, height }, most) {
  const { x, y, value } = lowest(difference, around, 2, 1);
  if (!(value < most)) return null;
  return {
    x: (x + vertex(difference(x - 1, y), value, difference(x + 1, y))) / width,
    y: (y + vertex(difference(x, y - 1), value, difference(x, y + 1))) / height,
  };
}

/**
 * @param {number[]} box
 * @param {GreyPicture} picture
 */
function pointsIn([x, y, w, h], { width, height }) {
  const inner = 1 - 2 * INSET;
  /** @param {number} from @param {number} size @param {number} at @param {number} length */
  const place = (from, size, at, length) =>
    Math.round((from + size * (INSET + (inner * at) / (GRID - 1))) * length);
  const points = [];
  for (let row = 0; row < GRID; row += 1)
    for (let column = 0; column < GRID; column += 1) {
      const point = [place(x, w, column, width), place(y, h, row, height)];
      if (isInside(point[0], point[1], width, height)) points.push(point);
    }
  return points;
}

/**
 * @param {number[][]} points
 * @param {number[]} levels
 * @param {GreyPicture} picture
 * @param {number} dx
 * @param {number} dy
 * @returns {number} Infinity if less than half of the points are in the picture.
 */
function meanDifference(points, levels, { pixels, width, height }, dx, dy) {
  let [sum, count] = [0, 0];
  for (let index = 0; index < points.length; index += 1) {
    const [x, y] = [points[index][0] + dx, points[index][1] + dy];
    if (!isInside(x, y, width, height)) continue;
    sum += Math.abs(pixels[y * width + x] - levels[index]);
    count += 1;
  }
  return count > points.length / 2 ? sum / count : Infinity;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function isInside(x, y, width, height) {
  return x >= 0 && y >= 0 && x < width && y < height;
}

/**
 * @param {(dx: number, dy: number) => number} difference
 * @param {{x: number, y: number}} around
 * @param {number} range
 * @param {number} step
 */
function lowest(difference, around, range, step) {
  let best = { ...around, value: difference(around.x, around.y) };
  for (let y = around.y - range; y <= around.y + range; y += step)
    for (let x = around.x - range; x <= around.x + range; x += step) {
      const value = difference(x, y);
      if (value < best.value) best = { x, y, value };
    }
  return best;
}

/**
 * @param {number} left
 * @param {number} middle The lowest of the three.
 * @param {number} right
 * @returns {number} Place of the lowest point of the two lines through them, -0.5..0.5.
 */
function vertex(left, middle, right) {
  const steepest = Math.max(left, right) - middle;
  if (!(steepest > 0) || steepest === Infinity) return 0;
  return (left - right) / (2 * steepest); // sums of absolute differences grow in straight lines
}
