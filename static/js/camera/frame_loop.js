/** The rhythm of the live page: one frame in flight, always the newest. */

/**
 * Captures the next frame only after the last was acknowledged: a slow server lowers the rate, it never builds a queue.
 *
 * @template F, R
 * @param {object} parts
 * @param {() => Promise<F>} parts.capture Waits for a new camera frame and encodes it.
 * @param {(frame: F) => Promise<R>} parts.send Sends it; settles with the acknowledgement, or rejects.
 * @param {(reply: R) => void} parts.onReply
 * @param {(error: Error) => Promise<void>} parts.onError Waits before the retry.
 * @returns {{start: () => void, stop: () => void, running: () => boolean}}
 */
export function createFrameLoop({ capture, send, onReply, onError }) {
  let turn = 0; // a running loop ends when its turn has passed
  let active = false;

  async function run(mine) {
    while (active && mine === turn) {
      try {
        const frame = await capture();
        if (!active || mine !== turn) return;
        const reply = await send(frame);
        if (active && mine === turn) onReply(reply);
      } catch (error) {
        if (active && mine === turn) await onError(error);
      }
    }
  }

  return {
    start() {
      if (active) return;
      active = true;
      void run(++turn);
    },
    stop() {
      active = false;
      turn += 1;
    },
    running: () => active,
  };
}

/**
 * How long to wait before the next try.
 *
 * @param {{code?: string, retryAfterMs?: number}} error
 * @param {number} failures How many tries failed in a row, this one included.
 * @returns {number} Milliseconds, at most 3000.
 */
export function retryDelayMs(error, failures) {
  if (error.retryAfterMs !== undefined) return Math.min(Math.max(error.retryAfterMs, 20), 3000);
  return Math.min(100 * 2 ** (failures - 1), 3000);
}

const NO_PICTURE_TRIES = 3;

/**
 * What a failed try leaves on the page until the next good reply.
 *
 * @param {{code?: string, message: string}} error
 * @param {number} failures How many tries failed in a row, this one included.
 * @param {{code: string, message: string} | null} before What the page shows already.
 * @returns {{code: string, message: string} | null}
 */
export function problemAfter(error, failures, before) {
  if (error.code === undefined) return { code: "unexpected", message: error.message };
  const passing = error.code === "too_fast" || error.code === "disconnected"; // the connection has a state of its own
  if (passing || (error.code === "no_picture" && failures < NO_PICTURE_TRIES)) return before;
  return { code: error.code, message: error.message };
}
