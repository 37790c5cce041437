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
 * @property {{label: string, confidence: number, state: "sure" | "unsure", probs: Record<string, number>}} [absolute]
 *   The face read by itself, where the rest is relative to the visitor's resting face.
 * @property {boolean} [slight] Whether the expression is plain beside the resting face alone.
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
 * @property {{total: number}} [timing_ms] Milliseconds of the server's own work.
 * @property {number} [next_in_ms] Wait that the server asks for, see `nextInMs`.
 *
 * @typedef {object} WireError
 * @property {string} code
 * @property {string} message
 * @property {number} [retry_after_ms]
 *
 * @typedef {{ok: false, error: WireError}} Refusal
 *
 * @typedef {object} Hello The parts that this page uses of what the server says on connecting.
 * @property {import("./face_finder/crop.js").CropRule} crop
 * @property {number} detect_threshold
 * @property {{name: string}} model
 * @property {{max_faces: number, baseline?: boolean}} limits `baseline`: whether a resting face is accepted; an older
 *   server does not say.
 * @property {{detect_side: number, strength?: number | null}} settings
 *
 * @typedef {object} Settings
 * @property {number | null} [smoothing_s]
 * @property {number | null} [min_confidence]
 * @property {number | null} [detect_side]
 * @property {number | null} [strength]
 * @property {Record<string, number>} [baseline] The visitor's resting face.
 * @property {number | null} [baseline_strength] The `strength` at which it was read.
 */

/**
 * @typedef {"up" | "down"} Link
 *
 * @typedef {object} Channel
 * @property {(frame: import("./camera.js").CapturedFrame | import("./camera.js").CapturedFaces) =>
 *   Promise<Reply & {roundTripMs: number}>} send Sends one frame, or its faces, and returns the acknowledgement, or
 *   throws a FrameError.
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
 * @param {(hello: Hello) => void} [options.onHello] The server said its rules, at each connection.
 * @param {() => number} options.now Milliseconds, on the clock of `capturedAt`.
 * @param {number} [options.limitMs] Maximum time of an acknowledgement.
 * @returns {Channel}
 */
export function createChannel(socket, { onLink, onHello, now, limitMs = ANSWER_LIMIT_MS }) {
  let seq = 0;
  socket.on("connect", () => onLink("up"));
  socket.on("connect_error", () => onLink("down"));
  socket.on("hello", (hello) => onHello?.(hello));
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
    async send(frame) {
      if (!socket.connected) throw new FrameError({ code: "disconnected", message: "not connected" });
      const meta = { seq: seq++, t_ms: frame.capturedAt };
      /** @type {({ok: true} & Reply) | Refusal} */
      const reply = await ("faces" in frame
        ? answerTo("faces", { ...meta, boxes: frame.faces.boxes }, frame.faces.crops)
        : answerTo("frame", meta, frame.jpeg));
      if ("error" in reply) throw new FrameError(reply.error);
      // The server cannot judge a picture that it has not seen.
      const { hints } = "faces" in frame ? frame.faces : reply;
      return { ...reply, ...(hints && { hints }), roundTripMs: now() - frame.capturedAt };
    },
    async choose(settings) {
      if (!socket.connected) return; // the next connection sends them
      /** @type {{ok: true} | Refusal} */
      const reply = await answerTo("settings", settings);
      if ("error" in reply) throw new FrameError(reply.error);
    },
    close() {
      for (const event of ["connect", "connect_error", "hello", "disconnect"]) socket.off(event);
      socket.close();
    },
  };
}
