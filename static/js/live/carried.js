/** Boxes of one camera frame on another. Loaded at the first reading. */

import { context2d } from "../shared/dom.js";
import { shiftAnywhere, shiftOf } from "./motion.js";

const GREY_WIDTH = 160;

/**
 * @typedef {import("../camera/live_feed.js").SlottedFace} Face
 * @typedef {import("./tape.js").TapeFrame} TapeFrame
 */

/** @type {WeakMap<TapeFrame, import("./motion.js").GreyPicture>} */
const greys = new WeakMap();
/** @type {CanvasRenderingContext2D | undefined} */
let small;
/** @type {{read: TapeFrame | null, shifts: Map<number, import("./motion.js").Shift>}} */
let last = { read: null, shifts: new Map() };

/**
 * @param {object} question
 * @param {TapeFrame} question.read The frame that was read.
 * @param {Face[]} question.faces Its faces.
 * @param {TapeFrame} question.frame Another frame.
 * @param {Face[]} question.expected The same faces where they should be, by their movement.
 * @returns {(Face | null)[]} The faces where they are in the other frame; null where the picture does not tell.
 */
export function carried({ read, faces, frame, expected }) {
  if (frame === read) return faces;
  if (last.read !== read) last = { read, shifts: new Map() };
  const [before, now] = [greyOf(read), greyOf(frame)];
  return faces.map((face, index) => {
    const [x, y, w, h] = face.box;
    const [ex, ey] = expected[index].box;
    const guesses = [last.shifts.get(face.id), { x: ex - x, y: ey - y }].filter(
      (guess) => guess !== undefined,
    );
    let shift = null;
    for (const guess of guesses) shift ??= shiftOf(before, now, face.box, guess);
    shift ??= shiftAnywhere(before, now, face.box);
    if (!shift) return null;
    last.shifts.set(face.id, shift);
    return { ...face, box: [x + shift.x, y + shift.y, w, h] };
  });
}

/** @param {TapeFrame} frame */
function greyOf(frame) {
  const known = greys.get(frame);
  if (known) return known;
  const [width, height] = [GREY_WIDTH, Math.round((GREY_WIDTH * frame.image.height) / frame.image.width)];
  small ??= context2d(document.createElement("canvas"), { alpha: false, willReadFrequently: true });
  if (small.canvas.width !== width || small.canvas.height !== height)
    Object.assign(small.canvas, { width, height });
  small.drawImage(frame.image, 0, 0, width, height);
  const { data } = small.getImageData(0, 0, width, height);
  const pixels = new Uint8ClampedArray(width * height);
  for (let index = 0; index < pixels.length; index += 1)
    pixels[index] = (data[4 * index] + 2 * data[4 * index + 1] + data[4 * index + 2]) >> 2;
  const grey = { pixels, width, height };
  greys.set(frame, grey);
  return grey;
}
