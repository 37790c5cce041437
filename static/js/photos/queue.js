/** Sends photos to the server, some at a time, and tries again when it is busy. */

import { meaningOf } from "../shared/problems.js";

const AT_ONCE = 2;
const MAX_TRIES = 6;
const BUSY_MS = 2000;

/** Errors that the same file would get again. */
const ABOUT_THE_FILE = new Set([
  "unreadable",
  "not_an_image",
  "image_too_large",
  "photo_too_large",
  "content_too_large",
  "not_a_video",
  "video_too_large",
  "video_too_long",
]);

/**
 * @typedef {Partial<import("./list.js").Photo>} Changes
 * @typedef {(changes: Changes) => void} Report
 * @typedef {{stopped: boolean, abort: () => void}} Job A photo on its way.
 */

/**
 * @param {object} parts
 * @param {(file: File, onSent: (share: number) => void) => import("./api.js").Sending} parts.send
 * @param {(id: number, changes: Changes) => void} parts.onChange
 * @param {(ms: number) => Promise<void>} parts.wait
 */
export function createQueue({ send, onChange, wait }) {
  /** @type {{id: number, file: File}[]} */
  const waiting = [];
  /** @type {Map<number, Job>} */
  const running = new Map();

  function fill() {
    for (let next; running.size < AT_ONCE && (next = waiting.shift());) void run(next);
  }

  /** @param {number} id */
  function leave(id) {
    running.delete(id);
    fill();
  }

  /** @param {{id: number, file: File}} photo */
  async function run({ id, file }) {
    const job = { stopped: false, abort: () => {} };
    running.set(id, job);
    /** @type {Report} */
    const report = (changes) => {
      if (!job.stopped) onChange(id, changes);
    };
    try {
      report({ state: "done", result: await attempt(job, file, report), sent: 1 });
    } catch (error) {
      const { code = "", message } = /** @type {import("./api.js").SendProblem} */ (error);
      report({ state: "failed", message: meaningOf({ code, message }), again: !ABOUT_THE_FILE.has(code) });
    }
    if (!job.stopped) leave(id);
  }

  /**
   * @param {Job} job
   * @param {File} file
   * @param {Report} report
   */
  async function attempt(job, file, report) {
    for (let tries = 1; ; tries += 1) {
      report({ state: "sending", sent: 0 });
      const sending = send(file, (sent) => report({ state: sent < 1 ? "sending" : "reading", sent }));
      job.abort = sending.abort;
      try {
        return await sending.answer;
      } catch (error) {
        const { code, retryAfterMs = BUSY_MS } = /** @type {import("./api.js").SendProblem} */ (error);
        if (code !== "server_busy" || tries >= MAX_TRIES || job.stopped) throw error;
        report({ state: "waiting" });
        await wait(retryAfterMs);
        if (job.stopped) throw error; // cancelled meanwhile: nothing more is sent
      }
    }
  }

  return {
    /**
     * @param {number} id
     * @param {File} file
     */
    add(id, file) {
      waiting.push({ id, file });
      fill();
    },
    /**
     * Forgets a photo, wherever it is.
     *
     * @param {number} id
     */
    cancel(id) {
      const index = waiting.findIndex((photo) => photo.id === id);
      if (index >= 0) waiting.splice(index, 1);
      const job = running.get(id);
      if (!job) return;
      job.stopped = true;
      job.abort();
      leave(id);
    },
  };
}
