/** Frames over a socket: each settles, whatever the server does. */

const ANSWER_LIMIT_MS = 8000;

/** A frame that got no reading; `code` is the server's, or `timeout` or `disconnected`. */
export class FrameError extends Error {
  /** @param {{code: string, message: string, retry_after_ms?: number}} error */
  constructor({ code, message, retry_after_ms: retryAfterMs }) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * @param {object} socket Of socket.io's client.
 * @param {object} options
 * @param {(link: "up" | "down") => void} options.onLink The connection came, or went or could not be made.
 * @param {() => number} options.now Milliseconds, on the clock of `capturedAt`.
 * @param {number} [options.limitMs] How long an acknowledgement may take.
 */
export function createChannel(socket, { onLink, now, limitMs = ANSWER_LIMIT_MS }) {
  let seq = 0;
  socket.on("connect", () => onLink("up"));
  socket.on("connect_error", () => onLink("down"));
  socket.on("disconnect", (reason) => {
    onLink("down");
    if (reason === "io server disconnect") socket.connect(); // a server that restarts says goodbye first
  });

  async function answerTo(...message) {
    try {
      return await socket.timeout(limitMs).emitWithAck(...message);
    } catch {
      const code = socket.connected ? "timeout" : "disconnected";
      throw new FrameError({ code, message: "no answer" });
    }
  }

  return {
    /** Sends one frame and returns its acknowledgement, or throws a FrameError. */
    async send({ jpeg, capturedAt }) {
      if (!socket.connected) throw new FrameError({ code: "disconnected", message: "not connected" });
      const reply = await answerTo("frame", { seq: seq++, t_ms: capturedAt }, jpeg);
      if (!reply.ok) throw new FrameError(reply.error);
      return { ...reply, roundTripMs: now() - capturedAt };
    },
    /** Tells the server what the visitor chose; throws a FrameError if it does not accept it. */
    async choose(choices) {
      if (!socket.connected) return; // whoever connects again tells it again
      const reply = await answerTo("settings", choices);
      if (!reply.ok) throw new FrameError(reply.error);
    },
    close() {
      for (const event of ["connect", "connect_error", "disconnect"]) socket.off(event);
      socket.close();
    },
  };
}
