/** Finds faces with BlazeFace: the twin of webapp/recognition/detection/blazeface.py. Pure but for the network. */

import { interpolate, resize, roundEven } from "./pixels.js";

/**
 * @typedef {import("./pixels.js").Pixels} Pixels
 * @typedef {import("../../shared/geometry.js").Rectangle} Box
 * @typedef {import("../../shared/geometry.js").Size} Size
 * @typedef {[number, number]} Point x, y in pixels.
 *
 * @typedef {object} FoundFace
 * @property {Box} box Box in pixels of the image; may reach beyond its edges.
 * @property {number} score 0..1
 * @property {[Point, Point]} eyes The person's right eye, then the left one.
 *
 * @typedef {object} Candidate One anchor that sees a face.
 * @property {number[]} points x, y of the box's centre, its width and height, then x, y of both eyes.
 * @property {number} score
 *
 * @typedef {{logits: Float32Array, offsets: Float32Array}} Answer Of each anchor its score, and its 16 numbers.
 *
 * @typedef {(input: Float32Array, size: Size) => Promise<Answer>} Network Runs the network on
 *   `(1, height, width, 3)` in -1..1.
 *
 * @typedef {{candidates: Candidate[], certain: boolean}} Look
 */

const SIDES = [256, 80, 384];
const CERTAIN_SCORE = 0.7;
const INPUT_MULTIPLE = 16;
const MIN_INPUT = 128;
const MID_GREY = 127;
const NEAR_SIDE = 128;
const NEAR_SHARE = 2.2;
const NEAR_FACE_SHARE = 0.35;
const SQUARE_RATIO = 0.9;
const ANCHOR_GRIDS = [
  { stride: 8, perCell: 2 },
  { stride: 16, perCell: 6 },
];
const NUM_OFFSETS = 16;
const NUM_KEPT = 8; // the centre, the size and the eyes; nose, mouth and ears are not used
const INSIDE_SHARE = 0.6;
const SAME_FACE_IOU = 0.3;

/**
 * @param {Network} run
 * @param {number} minScore Score, 0..1, from which something is a face.
 */
export function createDetector(run, minScore) {
  /**
   * @param {Pixels} image
   * @param {import("./pixels.js").Region} region
   * @param {number} side
   * @returns {Promise<Candidate[]>} In pixels of the image.
   */
  async function look(image, region, side) {
    const { input, size, scale, corner } = fitIntoInput(image, region, side);
    const { logits, offsets } = await run(input, size);
    return decode(logits, offsets, makeAnchors(size), minScore).map(({ points, score }) => ({
      score,
      points: points.map((value, index) => {
        const axis = index % 2;
        const isSize = index === 2 || index === 3; // scaled, not moved
        if (isSize) return value / scale[axis];
        return (value - corner[axis]) / scale[axis] + (axis ? region.top : region.left);
      }),
    }));
  }

  /**
   * @param {Pixels} image
   * @param {FoundFace} face
   * @returns {Promise<FoundFace | null>} The face that is where it was, if one is certain.
   */
  async function lookNear(image, { box }) {
    const region = nearRegion(image, box);
    if (!region) return null;
    const faces = merge(await look(image, region, NEAR_SIDE));
    const best = faces.reduce(
      (/** @type {FoundFace | null} */ found, face) =>
        found && iou(found.box, box) >= iou(face.box, box) ? found : face,
      null,
    );
    return best && best.score >= CERTAIN_SCORE && iou(best.box, box) >= SAME_FACE_IOU ? best : null;
  }

  return {
    /**
     * Searches the whole image.
     *
     * @param {Pixels} image
     * @param {number} maxSide Largest longer side in pixels at which it is looked at.
     * @returns {Promise<FoundFace[]>} Largest first.
     */
    async detect(image, maxSide) {
      /** @type {Candidate[]} */
      const candidates = [];
      for (const side of orderFor(image).filter((one) => one <= maxSide)) {
        candidates.push(...(await look(image, { left: 0, top: 0, ...sizeOf(image) }, side)));
        const least = side < NEAR_SIDE ? NEAR_FACE_SHARE * Math.max(image.width, image.height) : 0;
        if (
          candidates.some(
            (one) => one.score >= CERTAIN_SCORE && Math.max(one.points[2], one.points[3]) >= least,
          )
        )
          break;
      }
      return merge(candidates).sort((a, b) => areaOf(b.box) - areaOf(a.box));
    },

    /**
     * Looks again for known faces, only around where they were.
     *
     * @param {Pixels} image
     * @param {FoundFace[]} faces
     * @returns {Promise<FoundFace[] | null>} The same faces where they are now; null if one of them is not certain.
     */
    async follow(image, faces) {
      /** @type {FoundFace[]} */
      const found = [];
      for (const face of faces) {
        const now = await lookNear(image, face);
        if (!now || found.some((other) => iou(now.box, other.box) >= SAME_FACE_IOU)) return null;
        found.push(now);
      }
      return found;
    },
  };
}

/** @param {Pixels} image */
const sizeOf = ({ width, height }) => ({ width, height });

/** @param {Box} box */
export const areaOf = ({ w, h }) => w * h;

/**
 * Orders the passes so that most images' face is found soonest: a square image is a tight portrait more often than not.
 *
 * @param {Size} image
 */
function orderFor({ width, height }) {
  const isSquare = Math.min(width, height) > SQUARE_RATIO * Math.max(width, height);
  return isSquare ? [...SIDES].sort((a, b) => a - b) : SIDES;
}

/**
 * @param {Pixels} image
 * @param {Box} box
 * @returns {import("./pixels.js").Region | null} What is looked at around a known face; null outside the image.
 */
function nearRegion({ width, height }, { x, y, w, h }) {
  const reach = (Math.max(w, h) * NEAR_SHARE) / 2;
  const [left, top] = [x + w / 2 - reach, y + h / 2 - reach].map((edge) => Math.max(roundEven(edge), 0));
  const right = Math.min(roundEven(x + w / 2 + reach), width);
  const bottom = Math.min(roundEven(y + h / 2 + reach), height);
  return right > left && bottom > top ? { left, top, width: right - left, height: bottom - top } : null;
}

/**
 * Scales a part of an image and centres it on a canvas of mid grey that the network accepts.
 *
 * @param {Pixels} image
 * @param {import("./pixels.js").Region} region
 * @param {number} side Wanted longer side in pixels.
 * @returns {{input: Float32Array, size: Size, scale: number[], corner: number[]}} `corner` is the image's left upper
 *   corner on the canvas, as x, y.
 */
export function fitIntoInput(image, region, side) {
  const shrink = side / Math.max(region.width, region.height);
  const [width, height] = [region.width, region.height].map((one) => Math.max(roundEven(one * shrink), 1));
  const scaled = scaleTo(image, region, { width, height });
  const size = { width: canvasSide(width), height: canvasSide(height) };
  const corner = [Math.floor((size.width - width) / 2), Math.floor((size.height - height) / 2)];
  const input = new Float32Array(size.width * size.height * 3).fill(MID_GREY / 127.5 - 1);
  for (let row = 0, from = 0; row < height; row += 1) {
    let at = ((row + corner[1]) * size.width + corner[0]) * 3;
    for (let index = 0; index < 3 * width; index += 1) input[at++] = scaled.data[from++] / 127.5 - 1;
  }
  return { input, size, scale: [width / region.width, height / region.height], corner };
}

/**
 * Scales a part of an image so that every pixel of a larger one counts: to twice the size, then by half, as the server
 * does it, for which that is quicker than averaging at once.
 *
 * @param {Pixels} image
 * @param {import("./pixels.js").Region} region
 * @param {Size} size
 */
function scaleTo(image, region, { width, height }) {
  if (region.width <= width) return interpolate(image, region, { width, height });
  if (region.width > 4 * width) return resize(image, region, { width, height });
  const doubled = interpolate(image, region, { width: 2 * width, height: 2 * height });
  return resize(doubled, { left: 0, top: 0, ...sizeOf(doubled) }, { width, height });
}

/** @param {number} side */
function canvasSide(side) {
  return Math.max(Math.ceil(side / INPUT_MULTIPLE) * INPUT_MULTIPLE, MIN_INPUT);
}

/** @type {Map<string, Float32Array>} */
const anchorsOfSizes = new Map();

/**
 * @param {Size} size Size of the network's input.
 * @returns {Float32Array} x, y of each anchor's centre, in the order of the network's output.
 */
export function makeAnchors({ width, height }) {
  const key = `${width} x ${height}`;
  const known = anchorsOfSizes.get(key);
  if (known) return known;
  /** @type {number[]} */
  const centres = [];
  for (const { stride, perCell } of ANCHOR_GRIDS)
    for (let row = 0; row < height / stride; row += 1)
      for (let column = 0; column < width / stride; column += 1)
        for (let anchor = 0; anchor < perCell; anchor += 1)
          centres.push((column + 0.5) * stride, (row + 0.5) * stride);
  const anchors = Float32Array.from(centres);
  anchorsOfSizes.set(key, anchors);
  return anchors;
}

/**
 * Selects the anchors that see a face.
 *
 * @param {Float32Array} logits
 * @param {Float32Array} offsets 16 numbers per anchor, in pixels of the input, points relative to their anchor.
 * @param {Float32Array} anchors
 * @param {number} minScore 0..1
 * @returns {Candidate[]}
 */
export function decode(logits, offsets, anchors, minScore) {
  /** @type {Candidate[]} */
  const candidates = [];
  logits.forEach((logit, index) => {
    const score = 1 / (1 + Math.exp(-logit));
    const own = offsets.subarray(NUM_OFFSETS * index, NUM_OFFSETS * index + NUM_KEPT);
    if (score < minScore || own[2] <= 0 || own[3] <= 0) return;
    const points = Array.from(own, (value, at) => {
      return at === 2 || at === 3 ? value : value + anchors[2 * index + (at % 2)];
    });
    candidates.push({ points, score });
  });
  return candidates;
}

/**
 * Joins the candidates of one face by their weighted mean; drops those that lie mostly inside a stronger one.
 *
 * @param {Candidate[]} candidates
 * @returns {FoundFace[]} Strongest first.
 */
export function merge(candidates) {
  const faces = [];
  let left = [...candidates].sort((a, b) => b.score - a.score);
  while (left.length) {
    const [first] = left;
    const overlaps = left.map((other) => overlapOf(boxOf(first.points), boxOf(other.points)));
    const isSame = overlaps.map(({ union }, index) => index === 0 || union >= SAME_FACE_IOU);
    faces.push(meanFace(left.filter((_, index) => isSame[index])));
    left = left.filter((_, index) => !isSame[index] && overlaps[index].smaller < INSIDE_SHARE);
  }
  return faces;
}

/**
 * @param {Candidate[]} members Strongest first.
 * @returns {FoundFace}
 */
function meanFace(members) {
  const weight = members.reduce((sum, { score }) => sum + score, 0);
  const points = members[0].points.map(
    (_, index) => members.reduce((sum, one) => sum + one.score * one.points[index], 0) / weight,
  );
  return {
    box: boxOf(points),
    score: members[0].score,
    eyes: [
      [points[4], points[5]],
      [points[6], points[7]],
    ],
  };
}

/**
 * @param {number[]} points
 * @returns {Box}
 */
function boxOf([x, y, w, h]) {
  return { x: x - w / 2, y: y - h / 2, w, h };
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {{union: number, smaller: number}} Intersection over union, and over the smaller of the two areas.
 */
function overlapOf(a, b) {
  const width = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  const shared = Math.max(width, 0) * Math.max(height, 0);
  const [areaA, areaB] = [areaOf(a), areaOf(b)];
  return { union: shared / (areaA + areaB - shared), smaller: shared / Math.min(areaA, areaB) };
}

/**
 * @param {Box} a
 * @param {Box} b
 */
export function iou(a, b) {
  return overlapOf(a, b).union;
}
