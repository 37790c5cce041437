/** The socket to the server. */

import { io } from "../vendor/socket.io.esm.min.js";

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
 * @param {{onConnected: (connected: boolean) => void}} handlers
 */
export function connect({ onConnected }) {
  const socket = io("/live", {
    transports: ["websocket", "polling"],
    reconnectionDelay: 300,
    reconnectionDelayMax: 2000,
  });
  let seq = 0;
  socket.on("connect", () => onConnected(true));
  socket.on("disconnect", (reason) => {
    onConnected(false);
    if (reason === "io server disconnect") socket.connect(); // a server that restarts says goodbye first
  });

  return {
    /** Sends one frame and returns its acknowledgement. */
    async send({ jpeg, capturedAt }) {
      if (!socket.connected) throw new FrameError({ code: "disconnected", message: "not connected" });
      let reply;
      try {
        reply = await socket.timeout(ANSWER_LIMIT_MS).emitWithAck("frame", { seq: seq++, t_ms: capturedAt }, jpeg);
      } catch {
        const code = socket.connected ? "timeout" : "disconnected";
        throw new FrameError({ code, message: "no answer" });
      }
      if (!reply.ok) throw new FrameError(reply.error);
      return { ...reply, roundTripMs: performance.now() - capturedAt };
    },
    close: () => socket.close(),
  };
}
