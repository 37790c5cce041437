/**
 * The picture on the screen and the boxes on it, always of the same camera frame: held back until its faces are known,
 * or live, with boxes that go along with the faces.
 */

import { context2d } from "../shared/dom.js";
import { drawFaces } from "./overlay.js";
import { createPlayhead, MAX_HORIZON_MS } from "./playhead.js";
import { createTape } from "./tape.js";

/**
 * @typedef {import("../camera/live_feed.js").SlottedFace} Face
 * @typedef {import("./tape.js").TapeFrame} TapeFrame
 *
 * @typedef {object} Shown What is on the screen.
 * @property {HTMLCanvasElement} image Camera frame, unmirrored.
 * @property {Face[]} faces The followed face comes first.
 *
 * @typedef {object} PictureParts
 * @property {HTMLCanvasElement} canvas For the camera's frames.
 * @property {HTMLCanvasElement} overlay For the boxes.
 * @property {() => boolean} isLive Whether the visitor wants the live picture.
 * @property {() => boolean} isMirrored
 * @property {(faces: Face[]) => Face[]} order Puts the followed face first.
 * @property {(shown: Shown) => void} onDrawn Called after each camera frame that was drawn.
 */

export class LivePicture {
  #parts;
  #playhead = createPlayhead();
  #tape;
  #carrier;
  #generation = 0;
  #isHeld = false;
  #isStale = true;
  #shownAt = -Infinity;
  /** @type {TapeFrame | undefined} */
  #frame;
  /** @type {Face[]} */
  #faces = [];

  /**
   * @param {HTMLVideoElement} video
   * @param {PictureParts} parts
   */
  constructor(video, parts) {
    this.#parts = parts;
    this.#tape = createTape(video, {
      shownAt: () => this.#shownAt,
      readAt: () => this.#playhead.last()?.at,
    });
    this.#carrier = createCarrier(this.#tape);
  }

  start() {
    this.#tape.start();
    this.#run(++this.#generation);
  }

  stop() {
    this.#generation += 1;
    this.#tape.stop();
    this.#playhead.clear();
    [this.#frame, this.#faces, this.#shownAt, this.#isHeld] = [undefined, [], -Infinity, false];
    this.#parts.canvas.hidden = true;
    drawFaces(this.#parts.overlay, { faces: [], mirrored: false });
  }

  /** @param {number} capturedAt Time of a frame that is sent now. */
  mark(capturedAt) {
    this.#tape.mark(capturedAt);
  }

  /**
   * Takes in a reading.
   *
   * @param {number} now
   * @param {import("./playhead.js").Reading} reading
   */
  add(now, reading) {
    this.#carrier.prepare();
    if (!this.#playhead.last()) this.#isStale = true; // the first boxes come at once, on the frame that is there
    this.#playhead.add(now, reading);
    if (this.#frame?.at === reading.at || this.#parts.isLive()) this.#isStale = true;
  }

  /** Forgets the readings: the picture is live and has no boxes. */
  forget() {
    if (!this.#playhead.last()) return;
    this.#playhead.clear();
    this.#isStale = true;
  }

  /** Draws again what is on the screen: its size, the mirror or the followed face changed. */
  redraw() {
    this.#isStale = true;
  }

  /** @param {boolean} isHeld Whether the picture stands still. */
  hold(isHeld) {
    this.#isHeld = isHeld;
  }

  /** @returns {Shown | null} */
  shown() {
    const { canvas, order } = this.#parts;
    return this.#frame ? { image: canvas, faces: order(this.#faces) } : null;
  }

  /** @param {number} mine */
  #run(mine) {
    if (mine !== this.#generation) return;
    this.#draw();
    requestAnimationFrame(() => this.#run(mine));
  }

  #draw() {
    const isNew = !this.#isHeld && this.#take();
    if (!isNew && !this.#isStale) return;
    this.#isStale = false;
    const { canvas, overlay, isMirrored, order, onDrawn } = this.#parts;
    if (isNew && this.#frame) show(canvas, this.#frame.image);
    const faces = order(this.#faces);
    drawFaces(overlay, { faces, mirrored: isMirrored() });
    if (isNew) onDrawn({ image: canvas, faces });
  }

  /** @returns {boolean} Whether there is another frame to show, or the faces of the same one are to be drawn anew. */
  #take() {
    const now = performance.now();
    const moment = this.#playhead.moment(now);
    const isLive = moment === null || this.#parts.isLive() || this.#playhead.isLate(now);
    const next = isLive ? this.#tape.newest() : this.#tape.at(Math.max(moment, this.#shownAt)); // never back in time
    if (!next || (next === this.#frame && !this.#isStale)) return false;
    const expected = moment === null ? [] : this.#playhead.facesAt(next.at);
    const reading = isLive ? this.#playhead.last() : this.#playhead.afterGap(next.at);
    this.#faces = reading ? this.#carrier.carry(next, reading, expected) : expected;
    [this.#frame, this.#shownAt] = [next, next.at];
    return true;
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLCanvasElement} image
 */
function show(canvas, image) {
  const { width, height } = image;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context2d(canvas, { alpha: false }).drawImage(image, 0, 0);
  canvas.hidden = false;
}

/**
 * Carries the boxes of a reading to another frame: as the picture moved between them, or to where they are expected if
 * the picture does not tell, or nowhere if that is long from the reading: no box is better than one beside the face.
 *
 * @param {ReturnType<typeof createTape>} tape
 */
function createCarrier(tape) {
  /** @type {typeof import("./carried.js").carried | undefined} */
  let compare;
  let isAsked = false;
  return {
    /** Loads what compares pictures: a server that stalls later would not send it. */
    prepare() {
      if (isAsked) return;
      isAsked = true;
      import("./carried.js").then(
        (module) => (compare = module.carried),
        () => (isAsked = false),
      );
    },
    /**
     * @param {TapeFrame} frame
     * @param {import("./playhead.js").Reading} reading
     * @param {Face[]} expected
     * @returns {Face[]}
     */
    carry(frame, reading, expected) {
      if (!compare) return expected;
      const read = tape.at(reading.at);
      const isKnown = read?.at === reading.at && expected.length === reading.faces.length;
      const seen = isKnown
        ? compare({ read, faces: reading.faces, frame, expected })
        : expected.map(() => null);
      const isFar = Math.abs(frame.at - reading.at) > MAX_HORIZON_MS;
      return seen
        .map((face, index) => face ?? (isFar ? null : expected[index]))
        .filter((face) => face !== null);
    },
  };
}
