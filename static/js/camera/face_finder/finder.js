/**
 * The faces of one camera after the other: followed for a while, then searched for again. The twin of `search_hint`
 * (webapp/live/sessions.py) and of `Pipeline.analyse` (webapp/recognition/pipeline.py). Pure but for the network.
 */

import { areaOf, createDetector } from "./blazeface.js";
import { frameCells, hasMoved } from "./change.js";
import { cutFaces, findHints } from "./crop.js";

const MAX_FOLLOWED = 2;
const SEARCH_EVERY_MS = 300;
const STILL_SEARCH_MS = 1000;
const FRAMES_PER_SEARCH = 3;
const CERTAIN_SCORE = 0.85;
const FINENESS = 1e5; // of a box's shares: finer than any pixel, and a third of the digits

/**
 * @typedef {import("./blazeface.js").FoundFace} FoundFace
 * @typedef {import("./pixels.js").Pixels} Pixels
 *
 * @typedef {object} FindingRule The server's part of the rules.
 * @property {import("./crop.js").CropRule} crop
 * @property {number} detectThreshold Score, 0..1, from which something is a face.
 * @property {number} maxFaces
 *
 * @typedef {object} Question
 * @property {FindingRule} rule
 * @property {number} maxSide Largest longer side in pixels at which the image is searched.
 * @property {number} numShown Number of faces that the last acknowledgement had.
 * @property {number} now Milliseconds.
 *
 * @typedef {object} FoundFaces
 * @property {number[][]} boxes x, y, width, height of each face as shares of the image, 0..1, largest first.
 * @property {Uint8Array} crops One crop after the other.
 * @property {string[]} hints
 *
 * @param {import("./blazeface.js").Network} run
 * @returns {{find: (image: Pixels, question: Question) => Promise<FoundFaces>}}
 */
export function createFinder(run) {
  /** @type {FoundFace[]} */
  let known = [];
  /** @type {Float64Array | null} */
  let cells = null;
  let size = { width: 0, height: 0 };
  let searchedAt = -Infinity;
  let framesSinceSearch = 0;

  /**
   * Says what is to be done with a frame: known faces are followed, unless there are too many or one that is shown was
   * missed. The whole frame is searched now and then, sooner where something moves.
   *
   * @param {Float64Array} now Cells of the frame.
   * @param {Question} question
   */
  function mustSearch(now, question) {
    if (known.length > MAX_FOLLOWED || known.length !== question.numShown || !cells) return true;
    const waited = question.now - searchedAt;
    const moved = () => cells !== null && hasMoved(cells, now, boxesOf(known), size);
    if (!known.length) return waited >= SEARCH_EVERY_MS || moved();
    if (waited < SEARCH_EVERY_MS || framesSinceSearch < FRAMES_PER_SEARCH) return false;
    return (waited >= STILL_SEARCH_MS && framesSinceSearch >= 2 * FRAMES_PER_SEARCH) || moved();
  }

  return {
    async find(image, question) {
      const { rule, maxSide, now } = question;
      const detector = createDetector(run, rule.detectThreshold);
      if (size.width !== image.width || size.height !== image.height) cells = null; // faces are in pixels
      size = { width: image.width, height: image.height };
      const cellsNow = frameCells(image);
      const followed = mustSearch(cellsNow, question) ? null : await detector.follow(image, known);
      framesSinceSearch += 1;
      if (!followed) [searchedAt, framesSinceSearch] = [now, 0];
      const faces = followed ?? (await refine(detector, image, await detector.detect(image, maxSide)));
      known = faces
        .filter(({ box }) => sharesOf(box, image).every((share, at) => share > 0 || at < 2)) // not beyond the edge
        .sort((a, b) => areaOf(b.box) - areaOf(a.box))
        .slice(0, rule.maxFaces);
      cells = cellsNow;
      return {
        boxes: known.map(({ box }) => sharesOf(box, image)),
        crops: cutFaces(image, known, rule.crop),
        hints: findHints(meanOf(cellsNow), known),
      };
    },
  };
}

/** @param {FoundFace[]} faces */
const boxesOf = (faces) => faces.map(({ box }) => box);

/** @param {Float64Array} values */
const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Keeps the faces that a closer look confirms, few of them with the boxes of that look.
 *
 * @param {ReturnType<typeof createDetector>} detector
 * @param {Pixels} image
 * @param {FoundFace[]} faces
 */
export async function refine(detector, image, faces) {
  const isAnyCertain = faces.some(({ score }) => score >= CERTAIN_SCORE);
  /** @type {Map<FoundFace, FoundFace | null>} */
  const closer = new Map();
  /** @param {FoundFace} face */
  const look = async (face) => {
    const known = closer.get(face);
    if (known !== undefined) return known;
    const found = (await detector.follow(image, [face]))?.[0] ?? null;
    closer.set(face, found);
    return found;
  };
  const confirmed = [];
  for (const face of faces)
    if (!isAnyCertain || face.score >= CERTAIN_SCORE || (await look(face))) confirmed.push(face);
  if (confirmed.length > MAX_FOLLOWED) return confirmed;
  const refined = [];
  for (const face of confirmed) refined.push((await look(face)) ?? face);
  return refined;
}

/**
 * @param {import("./blazeface.js").Box} box
 * @param {Pixels} image
 * @returns {number[]} The part of the box inside the image, as shares of it.
 */
function sharesOf({ x, y, w, h }, { width, height }) {
  const [left, top] = [Math.max(x / width, 0), Math.max(y / height, 0)];
  const [right, bottom] = [Math.min((x + w) / width, 1), Math.min((y + h) / height, 1)];
  return [left, top, right - left, bottom - top].map((share) => Math.round(share * FINENESS) / FINENESS);
}
