const RETRY_MS = { preparing: 100, no_face_finder: 3000 };

/** Why there are no faces of a frame: the network is being loaded, or it cannot be loaded in this browser. */
export class FindingError extends Error {
  /** @param {keyof typeof RETRY_MS} code */
  constructor(code) {
    super(code);
    this.code = code;
    this.retryAfterMs = RETRY_MS[code];
  }
}
