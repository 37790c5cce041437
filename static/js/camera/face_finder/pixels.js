/** Pixels as OpenCV computes them: what the browser cuts must equal what the server would cut. Pure. */

/**
 * @typedef {import("../../shared/geometry.js").Size} Size
 *
 * @typedef {object} Pixels
 * @property {Uint8Array | Uint8ClampedArray} data Row by row, `channels` bytes each.
 * @property {number} width
 * @property {number} height
 * @property {number} channels 4 for red, green, blue and opacity, which is ignored; 3 without it; 1 for grey.
 *
 * @typedef {{left: number, top: number, width: number, height: number}} Region Part of an image, in whole pixels.
 *
 * @typedef {object} Taps Source places of a row of results, one after the other.
 * @property {Int32Array} from Index of each result's first tap; one more than there are results.
 * @property {Int32Array} places
 * @property {Float64Array} weights
 *
 * @typedef {object} Way One way of scaling.
 * @property {(before: number, after: number) => Taps} tapsOf
 * @property {(sums: Float64Array, row: Float64Array, weight: number) => void} addRow
 * @property {(sum: number) => number} finish Makes a byte of a sum; its fraction is cut.
 */

const RED = 9798; // 0.299, 0.587 and 0.114 of 32768, as `cv2.cvtColor` has them
const GREEN = 19235;
const BLUE = 3735;

const LINEAR_ONE = 2048; // a weight of 1 where `cv2.resize` interpolates

const STEPS = 32; // places between two pixels that `cv2.warpAffine` tells apart
const FINE = 1024; // places in which it computes them
const FINE_TO_STEPS = 5;

/**
 * Rounds to the nearest whole number, halves to the even one, as Python and OpenCV do.
 *
 * @param {number} value
 */
export function roundEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * @param {Pixels} image
 * @param {Region} region
 * @returns {Pixels} The region in grey.
 */
export function toGrey({ data, width, channels }, region) {
  const grey = new Uint8Array(region.width * region.height);
  let at = 0;
  for (let y = region.top; y < region.top + region.height; y += 1) {
    let from = (y * width + region.left) * channels;
    for (let x = 0; x < region.width; x += 1, from += channels)
      grey[at++] = (data[from] * RED + data[from + 1] * GREEN + data[from + 2] * BLUE + 16384) >> 15;
  }
  return { data: grey, width: region.width, height: region.height, channels: 1 };
}

/**
 * Scales a part of an image: smaller by the mean of the area (`INTER_AREA`), larger between neighbours
 * (`INTER_LINEAR`).
 *
 * @param {Pixels} image
 * @param {Region} region
 * @param {Size} size Size of the result in pixels.
 * @returns {Pixels} With three channels, or one for grey.
 */
export function resize(image, region, size) {
  const shrinks = size.width < region.width || size.height < region.height;
  return scale(image, region, size, shrinks ? BY_AREA : BY_NEIGHBOURS);
}

/**
 * Scales a part of an image between neighbours, also where it becomes smaller (`INTER_LINEAR`).
 *
 * @param {Pixels} image
 * @param {Region} region
 * @param {Size} size Size of the result in pixels.
 */
export function interpolate(image, region, size) {
  return scale(image, region, size, BY_NEIGHBOURS);
}

/**
 * @param {Pixels} image
 * @param {Region} region
 * @param {Size} size
 * @param {Way} way
 * @returns {Pixels}
 */
function scale(image, region, { width, height }, { tapsOf, addRow, finish }) {
  const columns = tapsOf(region.width, width);
  const rows = tapsOf(region.height, height);
  const channels = Math.min(image.channels, 3);
  const data = new Uint8Array(width * height * channels);
  const sums = new Float64Array(width * channels);
  const row = new Float64Array(width * channels);
  let reduced = -1; // the source row that `row` holds
  for (let y = 0; y < height; y += 1) {
    sums.fill(0);
    for (let tap = rows.from[y]; tap < rows.from[y + 1]; tap += 1) {
      if (rows.places[tap] !== reduced) {
        reduced = rows.places[tap];
        reduceRow(image, ((region.top + reduced) * image.width + region.left) * image.channels, columns, row);
      }
      addRow(sums, row, rows.weights[tap]);
    }
    const start = y * sums.length;
    for (let index = 0; index < sums.length; index += 1) data[start + index] = finish(sums[index]);
  }
  return { data, width, height, channels };
}

/**
 * Averages the grey of every so many pixels over areas.
 *
 * @param {Pixels} image
 * @param {number} step Pixels from one that is looked at to the next.
 * @param {Size} size Number of areas.
 * @returns {Float64Array} The areas' means, row by row.
 */
export function averageInto(image, step, { width, height }) {
  const columns = areaTaps(Math.ceil(image.width / step), width);
  const rows = areaTaps(Math.ceil(image.height / step), height);
  const means = new Float64Array(width * height);
  for (let y = 0; y < height; y += 1)
    for (let tap = rows.from[y]; tap < rows.from[y + 1]; tap += 1)
      for (let x = 0; x < width; x += 1)
        for (let at = columns.from[x]; at < columns.from[x + 1]; at += 1)
          means[y * width + x] +=
            rows.weights[tap] *
            columns.weights[at] *
            greyAt(image, columns.places[at] * step, rows.places[tap] * step);
  return means;
}

/**
 * @param {Pixels} image
 * @param {number} x
 * @param {number} y
 */
function greyAt({ data, width, channels }, x, y) {
  const at = (y * width + x) * channels;
  return (data[at] * RED + data[at + 1] * GREEN + data[at + 2] * BLUE + 16384) >> 15;
}

/**
 * @param {Pixels} image
 * @param {number} start Index of the row's first byte.
 * @param {Taps} columns
 * @param {Float64Array} row Result, with three values a pixel, or one for grey.
 */
function reduceRow({ data, channels }, start, { from, places, weights }, row) {
  const num = from.length - 1;
  for (let x = 0; x < num; x += 1) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let tap = from[x]; tap < from[x + 1]; tap += 1) {
      const at = start + places[tap] * channels;
      red += weights[tap] * data[at];
      if (channels === 1) continue;
      green += weights[tap] * data[at + 1];
      blue += weights[tap] * data[at + 2];
    }
    if (channels === 1) row[x] = red;
    else {
      row[3 * x] = red;
      row[3 * x + 1] = green;
      row[3 * x + 2] = blue;
    }
  }
}

/**
 * @param {number} before Number of source pixels.
 * @param {number} after Number of results, not larger.
 * @returns {Taps} Every pixel that a result covers, by how much of it.
 */
function areaTaps(before, after) {
  const scale = before / after;
  return collect(after, (result, add) => {
    const [start, end] = [result * scale, Math.min((result + 1) * scale, before)];
    for (let place = Math.floor(start); place < end && place < before; place += 1) {
      const share = Math.min(place + 1, end) - Math.max(place, start);
      if (share > 1e-3) add(place, share / (end - start));
    }
  });
}

/**
 * @param {number} before Number of source pixels.
 * @param {number} after Number of results.
 * @returns {Taps} The two pixels nearest to each result's centre; the weights are whole, `LINEAR_ONE` in all.
 */
function linearTaps(before, after) {
  const scale = before / after;
  return collect(after, (result, add) => {
    const centre = (result + 0.5) * scale - 0.5;
    const place = Math.floor(centre);
    const share = roundEven((centre - place) * LINEAR_ONE);
    add(Math.max(place, 0), LINEAR_ONE - share);
    add(Math.min(place + 1, before - 1), share);
  });
}

/** @type {Way} */
const BY_AREA = {
  tapsOf: areaTaps,
  addRow(sums, row, weight) {
    for (let index = 0; index < sums.length; index += 1) sums[index] += weight * row[index];
  },
  finish: (sum) => sum + 0.5,
};

/**
 * With whole numbers, of which each step cuts the same places as in OpenCV.
 *
 * @type {Way}
 */
const BY_NEIGHBOURS = {
  tapsOf: linearTaps,
  addRow(sums, row, weight) {
    for (let index = 0; index < sums.length; index += 1) sums[index] += (weight * (row[index] >> 4)) >> 16;
  },
  finish: (sum) => (sum + 2) >> 2,
};

/**
 * @param {number} num Number of results.
 * @param {(result: number, add: (place: number, weight: number) => void) => void} list
 * @returns {Taps}
 */
function collect(num, list) {
  /** @type {number[]} */
  const places = [];
  /** @type {number[]} */
  const weights = [];
  const from = new Int32Array(num + 1);
  for (let result = 0; result < num; result += 1) {
    list(result, (place, weight) => (places.push(place), weights.push(weight)));
    from[result + 1] = places.length;
  }
  return { from, places: Int32Array.from(places), weights: Float64Array.from(weights) };
}

/**
 * Cuts a turned square out of a grey image, between neighbours; beyond the edge the edge repeats (`warpAffine` with
 * `INTER_LINEAR`, `WARP_INVERSE_MAP` and `BORDER_REPLICATE`).
 *
 * @param {Pixels} grey
 * @param {number[]} toImage Six numbers of the affine map from pixels of the result to pixels of the image.
 * @param {number} side Side of the result in pixels.
 * @returns {Pixels}
 */
export function warp({ data, width, height }, toImage, side) {
  const [a, b, c, d, e, f] = toImage;
  const warped = new Uint8Array(side * side);
  /** @type {(value: number, last: number) => number} */
  const within = (value, last) => (value < 0 ? 0 : value > last ? last : value);
  for (let row = 0, at = 0; row < side; row += 1) {
    const startX = roundEven((b * row + c) * FINE) + FINE / STEPS / 2;
    const startY = roundEven((e * row + f) * FINE) + FINE / STEPS / 2;
    for (let column = 0; column < side; column += 1, at += 1) {
      const x = (startX + roundEven(a * column * FINE)) >> FINE_TO_STEPS;
      const y = (startY + roundEven(d * column * FINE)) >> FINE_TO_STEPS;
      const [left, top] = [Math.floor(x / STEPS), Math.floor(y / STEPS)];
      const [right, low] = [x - left * STEPS, y - top * STEPS]; // shares of the next pixels, in steps
      const [x0, x1] = [within(left, width - 1), within(left + 1, width - 1)];
      const [y0, y1] = [within(top, height - 1) * width, within(top + 1, height - 1) * width];
      const upper = data[y0 + x0] * (STEPS - right) + data[y0 + x1] * right;
      const lower = data[y1 + x0] * (STEPS - right) + data[y1 + x1] * right;
      warped[at] = (upper * (STEPS - low) + lower * low + (STEPS * STEPS) / 2) / (STEPS * STEPS);
    }
  }
  return { data: warped, width: side, height: side, channels: 1 };
}
