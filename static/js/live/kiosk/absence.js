/** When a kiosk starts over: a while after the last face. Pure; it counts also while no reading comes. */

const RESET_MS = 20_000;
const WARN_MS = 10_000;

export function createAbsence() {
  /** @type {number | null} */
  let lastSeenAt = null;
  return {
    /** @param {number} now Milliseconds. A face is there, or the camera has just started. */
    seen(now) {
      lastSeenAt = now;
    },
    stop() {
      lastSeenAt = null;
    },
    /** @param {number} now Milliseconds. */
    isOver: (now) => lastSeenAt !== null && now - lastSeenAt >= RESET_MS,
    /**
     * @param {number} now Milliseconds.
     * @returns {number | null} Seconds until the kiosk starts over; null while there is no need to say so.
     */
    secondsLeft(now) {
      if (lastSeenAt === null) return null;
      const leftMs = RESET_MS - (now - lastSeenAt);
      return leftMs > WARN_MS ? null : Math.max(0, Math.ceil(leftMs / 1000));
    },
  };
}
