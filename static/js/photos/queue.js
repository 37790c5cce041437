/** Sends photos to the server, some at a time, and tries again when it is busy. */

import { meaningOf } from "../shared/problems.js";

const AT_ONCE = 2;
const MAX_TRIES = 6;
const BUSY_MS = 2000;

/** Errors that the same file gets again. */
const ABOUT_THE_FILE = new Set([
  "not_an_image",
  "image_too_large",
  "photo_too_large",
  "content_too_large",
  "not_a_video",
  "video_too_large",
  "video_too_long",
]);

/**
 * @typedef {object} Sending One photo on its way.
 * @property {Promise<object>} answer Resolves with the result, rejects with `{code, message, retryAfterMs?}`.
 * @property {() => void} abort
 */

/**
 * @param {object} parts
 * @param {(file: File, onSent: (share: number) => void) => Sending} parts.send
 * @param {(id: number, changes: object) => void} parts.onChange
 * @param {(ms: number) => Promise<void>} parts.wait
 */
export function createQueue({ send, onChange, wait }) {
  const waiting = [];
  const running = new Map();

  function add(id, file) {
    waiting.push({ id, file });
    fill();
  }

  /** Forgets a photo, wherever it is. */
  function cancel(id) {
    const at = waiting.findIndex((job) => job.id === id);
    if (at >= 0) waiting.splice(at, 1);
    running.get(id)?.stop();
  }

  function fill() {
    while (running.size < AT_ONCE && waiting.length) void run(waiting.shift());
  }

  async function run({ id, file }) {
    const job = { stopped: false, stop: () => {} };
    running.set(id, { stop: () => ((job.stopped = true), job.stop(), leave(id)) });
    const report = (changes) => !job.stopped && onChange(id, changes);
    try {
      report({ state: "done", result: await attempt(job, file, report), sent: 1 });
    } catch (error) {
      report({ state: "failed", message: meaningOf(error), again: !ABOUT_THE_FILE.has(error.code) });
    }
    if (!job.stopped) leave(id);
  }

  async function attempt(job, file, report) {
    for (let tries = 1; ; tries += 1) {
      report({ state: "sending", sent: 0 });
      const sending = send(file, (sent) => report({ state: sent < 1 ? "sending" : "reading", sent }));
      job.stop = sending.abort;
      try {
        return await sending.answer;
      } catch (error) {
        if (error.code !== "server_busy" || tries >= MAX_TRIES || job.stopped) throw error;
        report({ state: "waiting" });
        await wait(error.retryAfterMs ?? BUSY_MS);
      }
    }
  }

  function leave(id) {
    running.delete(id);
    fill();
  }

  return { add, cancel };
}
