/** A recording of what the page shows, with its readings and marks: on this device alone. Loaded at the first one. */

import { context2d } from "../shared/dom.js";
import { sampleOf } from "./history.js";
import { paintMoment } from "./overlay.js";

const TYPES = [
  "video/mp4;codecs=avc1.42E01E",
  "video/webm;codecs=vp9",
  "video/webm;codecs=vp8",
  "video/webm",
];
const BITS_PER_SECOND = 2_500_000;
const ROW_MS = 100;
const CHUNK_MS = 1000;

export const MAX_MS = 10 * 60_000;

/**
 * @typedef {object} Recorded
 * @property {Blob} video
 * @property {string} kind File extension.
 * @property {number} ms Length.
 * @property {import("./history.js").Sample[]} samples Times are those of the video.
 * @property {{at: number}[]} marks
 * @property {boolean} isSaved
 */

export class Recording {
  #isMirrored;
  #canvas = document.createElement("canvas");
  #recorder;
  #startedAt = performance.now();
  /** @type {Blob[]} */
  #chunks = [];
  /** @type {import("./history.js").Sample[]} */
  #samples = [];
  /** @type {{at: number}[]} */
  #marks = [];

  /**
   * Begins at once.
   *
   * @param {import("./picture.js").Shown} shown What is on the screen now.
   * @param {() => boolean} isMirrored
   */
  constructor(shown, isMirrored) {
    this.#isMirrored = isMirrored;
    Object.assign(this.#canvas, { width: shown.image.width, height: shown.image.height });
    this.draw(shown);
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const options = { mimeType, videoBitsPerSecond: BITS_PER_SECOND };
    this.#recorder = new MediaRecorder(this.#canvas.captureStream(), options);
    this.#recorder.addEventListener("dataavailable", ({ data }) => data.size && this.#chunks.push(data));
    this.#recorder.start(CHUNK_MS);
  }

  /** Milliseconds since the start. */
  get ms() {
    return performance.now() - this.#startedAt;
  }

  get numMarks() {
    return this.#marks.length;
  }

  /**
   * Takes what the page draws, the picture and its readings at one time.
   *
   * @param {import("./picture.js").Shown} shown
   */
  draw({ image, faces }) {
    const { width, height } = this.#canvas; // a camera that is changed meanwhile is fitted in
    const context = context2d(this.#canvas, { alpha: false });
    paintMoment(context, { image, faces, mirrored: this.#isMirrored(), size: { width, height } });
    const at = this.ms;
    const last = this.#samples.at(-1);
    if (last && at - last.at < ROW_MS) return;
    this.#samples.push(sampleOf(at, faces));
  }

  mark() {
    this.#marks.push({ at: this.ms });
  }

  /** @returns {Promise<Recorded>} */
  async stop() {
    const { ms } = this;
    const ended = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
    if (this.#recorder.state !== "inactive") {
      this.#recorder.stop();
      await ended;
    }
    for (const track of this.#recorder.stream.getTracks()) track.stop();
    const type = this.#recorder.mimeType || "video/webm";
    const video = new Blob(this.#chunks, { type });
    const kind = type.includes("mp4") ? "mp4" : "webm";
    return { video, kind, ms, samples: this.#samples, marks: this.#marks, isSaved: false };
  }
}
