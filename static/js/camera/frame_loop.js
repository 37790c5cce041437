/**
 * The rhythm of the camera's frames: one in flight, always the newest.
 *
 * @typedef {Error & {code?: string, retryAfterMs?: number}} LoopError An error of a frame; without a `code` it is a
 *   fault of this page.
 */

const MAX_WAIT_MS = 3000;

/**
 * Captures the next frame only after the last was acknowledged: a slow server lowers the rate, it never builds a queue.
 * A server that asks for a wait after an acknowledgement gets it, also from a loop that was stopped and started again.
 *
 * @template F, R
 * @param {object} parts
 * @param {() => Promise<F>} parts.capture Waits for a new camera frame and encodes it.
 * @param {(frame: F) => Promise<R>} parts.send Sends a frame; settles with the acknowledgement, or rejects.
 * @param {(reply: R) => void} parts.onReply
 * @param {(error: LoopError) => Promise<void>} parts.onError Waits before the retry.
 * @param {(ms: number) => Promise<void>} parts.wait
 * @returns {{start: () => void, stop: () => void, running: () => boolean}}
 */
export function createFrameLoop({ capture, send, onReply, onError, wait }) {
  let generation = 0; // a loop ends when another one was started or stopped
  let active = false;
  let asked = Promise.resolve(); // settles when the wait that the server asked for is over

  /** @param {number} mine */
  async function run(mine) {
    const isCurrent = () => active && mine === generation;
    while (isCurrent()) {
      try {
        await asked;
        if (!isCurrent()) return;
        const frame = await capture();
        if (!isCurrent()) return;
        const reply = await send(frame);
        if (!isCurrent()) return;
        const ms = nextInMs(reply);
        if (ms) asked = wait(ms);
        onReply(reply);
      } catch (error) {
        if (isCurrent()) await onError(/** @type {LoopError} */ (error));
      }
    }
  }

  return {
    start() {
      if (active) return;
      active = true;
      void run(++generation);
    },
    stop() {
      active = false;
      generation += 1;
    },
    running: () => active,
  };
}

/**
 * @param {unknown} reply
 * @returns {number} Wait that the server asks for before the next frame, in milliseconds, at most 3000; 0 without a
 *   valid one.
 */
export function nextInMs(reply) {
  const { next_in_ms: ms } = /** @type {{next_in_ms?: unknown}} */ (reply);
  return Number.isInteger(ms) ? Math.min(Math.max(Number(ms), 0), MAX_WAIT_MS) : 0;
}

/**
 * Computes the time to wait before the next try.
 *
 * @param {{code?: string, retryAfterMs?: number}} error
 * @param {number} failures Number of tries that failed in a row, this one included.
 * @returns {number} Milliseconds, at most 3000.
 */
export function retryDelayMs(error, failures) {
  if (error.retryAfterMs !== undefined) return Math.min(Math.max(error.retryAfterMs, 20), MAX_WAIT_MS);
  return Math.min(100 * 2 ** (failures - 1), MAX_WAIT_MS);
}

const NO_PICTURE_TRIES = 3;

/**
 * Chooses the problem that the page shows until the next good reply.
 *
 * @param {{code?: string, message: string}} error
 * @param {number} failures Number of tries that failed in a row, this one included.
 * @param {{code: string, message: string} | null} before Problem that the page shows already.
 * @returns {{code: string, message: string} | null}
 */
export function problemAfter(error, failures, before) {
  if (error.code === undefined) return { code: "unexpected", message: error.message };
  const passing = ["too_fast", "disconnected", "server_busy"].includes(error.code); // connection and pace say these
  if (passing || (error.code === "no_picture" && failures < NO_PICTURE_TRIES)) return before;
  return { code: error.code, message: error.message };
}
