/** The camera's last frames, kept in the page until their reading has come. */

import { nextFrame } from "../camera/camera.js";
import { context2d } from "../shared/dom.js";

const MAX_FRAMES = 24;

/**
 * @typedef {object} TapeFrame
 * @property {number} at Time of the frame, in milliseconds.
 * @property {HTMLCanvasElement} image
 */

/**
 * @param {HTMLVideoElement} video
 * @param {object} parts
 * @param {() => number} parts.shownAt Time of the frame on the screen: none before it will be shown.
 * @param {() => number | undefined} parts.readAt Time of the frame that was read last.
 */
export function createTape(video, { shownAt, readAt }) {
  /** @type {TapeFrame[]} */
  const frames = []; // oldest first
  /** @type {HTMLCanvasElement[]} */
  const spare = [];
  /** @type {number | null} */
  let sentAt = null; // the frame that is on its way must not be lost
  let generation = 0;

  function record() {
    const image = spare.pop() ?? document.createElement("canvas");
    const { videoWidth: width, videoHeight: height } = video;
    if (image.width !== width || image.height !== height) Object.assign(image, { width, height });
    context2d(image, { alpha: false }).drawImage(video, 0, 0);
    frames.push({ at: performance.now(), image });
    const from = Math.min(shownAt(), readAt() ?? Infinity, sentAt ?? Infinity);
    while (frames.length > 2 && frames[1].at <= from) drop(0);
    while (frames.length > MAX_FRAMES) drop(frames.findIndex(({ at }) => at !== sentAt && at !== readAt()));
  }

  /** @param {number} index */
  function drop(index) {
    spare.push(frames.splice(index, 1)[0].image);
  }

  /** @param {number} mine */
  async function run(mine) {
    while (mine === generation) {
      await nextFrame(video);
      if (mine === generation && video.videoWidth) record();
    }
  }

  return {
    start: () => void run(++generation),
    stop() {
      generation += 1;
      while (frames.length) drop(0);
      spare.length = 0;
      sentAt = null;
    },
    newest: () => frames.at(-1),
    /**
     * @param {number} moment
     * @returns {TapeFrame | undefined} The last frame until then.
     */
    at: (moment) => frames.findLast(({ at }) => at <= moment),
    /**
     * Says when a frame was captured that is sent now: the frame on the tape gets exactly that time.
     *
     * @param {number} capturedAt
     */
    mark(capturedAt) {
      sentAt = capturedAt;
      const [nearest] = [...frames].sort((a, b) => Math.abs(a.at - capturedAt) - Math.abs(b.at - capturedAt));
      if (nearest) nearest.at = capturedAt;
    },
  };
}
