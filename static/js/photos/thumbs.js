/** Thumbnails of the page's files: made once, one at a time, those in sight first. */

import { context2d } from "../shared/dom.js";
import { isVideo } from "./api.js";

const VIDEO_LIMIT_MS = 8000;
const SIDE = 300;

/**
 * @typedef {(file: File) => Promise<Blob | null>} Make Null where there is none.
 *
 * @param {object} parts
 * @param {(id: number, address: string | null) => void} parts.onThumb
 * @param {Make} [parts.make]
 */
export function createThumbs({ onThumb, make = createMaker() }) {
  /** @type {Map<number, File>} */
  const waiting = new Map(); // in the order of their turns
  let isRunning = false;

  async function run() {
    isRunning = true;
    for (let next; (next = waiting.entries().next().value);) {
      const [id, file] = next;
      waiting.delete(id);
      const thumb = await make(file);
      onThumb(id, thumb && URL.createObjectURL(thumb)); // as long as the page: a removed photo may come back
    }
    isRunning = false;
  }

  return {
    /**
     * @param {number} id
     * @param {File} file
     */
    add(id, file) {
      waiting.set(id, file);
      if (!isRunning) void run();
    },
    /**
     * Gives tiles in sight the next turns.
     *
     * @param {number[]} ids
     */
    hurry(ids) {
      const first = ids.filter((id) => waiting.has(id));
      if (!first.length) return;
      const rest = [...waiting].filter(([id]) => !first.includes(id));
      const ahead = first.map((id) => /** @type {[number, File]} */ ([id, waiting.get(id)]));
      waiting.clear();
      for (const [id, file] of [...ahead, ...rest]) waiting.set(id, file);
    },
  };
}

/** @returns {Make} */
function createMaker() {
  /** @type {Worker | null} */
  let worker = null;
  /** @type {(thumb: Blob | null) => void} */
  let answer = () => {};

  function open() {
    const opened = new Worker(new URL("thumbs_worker.js", import.meta.url), { type: "module" });
    opened.addEventListener("message", ({ data }) => answer(data.thumb));
    opened.addEventListener("error", () => answer(null));
    return opened;
  }

  return (file) => {
    if (isVideo(file)) return frameOf(file);
    return new Promise((resolve) => {
      answer = resolve;
      worker ??= open();
      worker.postMessage({ file });
    });
  };
}

/**
 * @param {File} file
 * @returns {Promise<Blob | null>} An early frame of the video.
 */
async function frameOf(file) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, preload: "auto", src: URL.createObjectURL(file) });
  const stop = new AbortController();
  try {
    return await new Promise((resolve) => {
      /** @type {(name: string, then: () => void) => void} */
      const on = (name, then) => video.addEventListener(name, then, { signal: stop.signal });
      on("error", () => resolve(null));
      on("loadeddata", () => (video.currentTime = Math.min(1, video.duration / 3) || 0));
      on("seeked", () => squareOf(video).toBlob(resolve, "image/jpeg", 0.85));
      setTimeout(() => resolve(null), VIDEO_LIMIT_MS);
    });
  } finally {
    stop.abort();
    URL.revokeObjectURL(video.src);
    video.removeAttribute("src");
  }
}

/** @param {HTMLVideoElement} video */
function squareOf(video) {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.min(SIDE, side);
  const [x, y] = [(width - side) / 2, (height - side) / 2];
  context2d(canvas).drawImage(video, x, y, side, side, 0, 0, canvas.width, canvas.height);
  return canvas;
}
