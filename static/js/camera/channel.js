/** Frames and settings over a socket: each message settles, whatever the server does. */

const ANSWER_LIMIT_MS = 8000;

/**
 * The wire, as webapp/live/schema.py describes it.
 *
 * @typedef {object} Face One face of a frame.
 * @property {number} id Number that the face keeps while it is followed.
 * @property {number[]} box x, y, width, height as shares of the frame, 0..1, unmirrored.
 * @property {string} label Most probable expression.
 * @property {number} confidence Probability of `label`, 0..1.
 * @property {"sure" | "unsure"} state
 * @property {Record<string, number>} probs Probability of each expression, 0..1.
 *
 * @typedef {object} Mood Expression of the primary face.
 * @property {string | null} label
 * @property {number} since_ms Age of the expression in milliseconds.
 * @property {boolean} settled
 *
 * @typedef {{valence: number, arousal: number}} Point Place on the plane of valence and arousal, both -1..1.
 *
 * @typedef {object} Place The primary face on that plane.
 * @property {Point | null} point Place of the expression now.
 * @property {Point | null} settled Place where the expression settled last.
 * @property {number} settling Progress of settling, 0..1.
 *
 * @typedef {object} Reply Acknowledgement of an analysed frame.
 * @property {Face[]} faces Largest face first.
 * @property {number | null} focus Id of the primary face.
 * @property {Mood} mood
 * @property {Place} place
 * @property {string[]} [hints] Hints such as `too_dark`; an older server sends none.
 *
 * @typedef {object} WireError
 * @property {string} code
 * @property {string} message
 * @property {number} [retry_after_ms]
 *
 * @typedef {{ok: false, error: WireError}} Refusal
 *
 * @typedef {object} Settings
 * @property {number | null} smoothing_s
 * @property {number | null} min_confidence
 * @property {number | null} detect_side
 */

/**
 * @typedef {"up" | "down"} Link
 *
 * @typedef {object} Channel
 * @property {(frame: import("./camera.js").CapturedFrame) => Promise<Reply & {roundTripMs: number}>} send Sends one
 *   frame and returns its acknowledgement, or throws a FrameError.
 * @property {(settings: Settings) => Promise<void>} choose Sends the visitor's settings; throws a FrameError if the
 *   server does not accept them.
 * @property {() => void} close
 *
 * @typedef {Pick<import("socket.io-client").Socket, "connected" | "connect" | "close" | "on" | "off" | "timeout">} Wire
 */

/** A message without a good answer; `code` is the server's, or `timeout` or `disconnected`. */
export class FrameError extends Error {
  /** @param {WireError} error */
  constructor({ code, message, retry_after_ms: retryAfterMs }) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * @param {Wire} socket Socket of socket.io's client.
 * @param {object} options
 * @param {(link: Link) => void} options.onLink The connection came, or it went or could not be made.
 * @param {() => number} options.now Milliseconds, on the clock of `capturedAt`.
 * @param {number} [options.limitMs] Maximum time of an acknowledgement.
 * @returns {Channel}
 */
export function createChannel(socket, { onLink, now, limitMs = ANSWER_LIMIT_MS }) {
  let seq = 0;
  socket.on("connect", () => onLink("up"));
  socket.on("connect_error", () => onLink("down"));
  socket.on("disconnect", (reason) => {
    onLink("down");
    if (reason === "io server disconnect") socket.connect(); // a server that restarts says goodbye first
  });

  /**
   * @param {string} event
   * @param {unknown[]} content
   */
  async function answerTo(event, ...content) {
    try {
      return await socket.timeout(limitMs).emitWithAck(event, ...content);
    } catch {
      const code = socket.connected ? "timeout" : "disconnected";
      throw new FrameError({ code, message: "no answer" });
    }
  }

  return {
    async send({ jpeg, capturedAt }) {
      if (!socket.connected) throw new FrameError({ code: "disconnected", message: "not connected" });
      /** @type {({ok: true} & Reply) | Refusal} */
      const reply = await answerTo("frame", { seq: seq++, t_ms: capturedAt }, jpeg);
      if ("error" in reply) throw new FrameError(reply.error);
      return { ...reply, roundTripMs: now() - capturedAt };
    },
    async choose(settings) {
      if (!socket.connected) return; // the next connection sends them
      /** @type {{ok: true} | Refusal} */
      const reply = await answerTo("settings", settings);
      if ("error" in reply) throw new FrameError(reply.error);
    },
    close() {
      for (const event of ["connect", "connect_error", "disconnect"]) socket.off(event);
      socket.close();
    },
  };
}
