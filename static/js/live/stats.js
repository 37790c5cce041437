/** Round-trip time and frame rate over the last seconds. */

const WINDOW_MS = 3000;

/**
 * @returns {{add: (reply: {at: number, roundTrip: number}) => void, clear: () => void,
 *   read: (now: number) => {fps: number, roundTripMs: number} | null}}
 */
export function createStats() {
  let replies = [];
  return {
    add: (reply) => replies.push(reply),
    clear: () => {
      replies = [];
    },
    /** Frames per second and median round trip of the replies of the last three seconds. */
    read(now) {
      replies = replies.filter((reply) => now - reply.at <= WINDOW_MS);
      if (replies.length < 2) return null;
      const span = replies.at(-1).at - replies[0].at;
      if (span <= 0) return null;
      return {
        fps: ((replies.length - 1) * 1000) / span,
        roundTripMs: median(replies.map((reply) => reply.roundTrip)),
      };
    },
  };
}

/** @param {number[]} values At least one. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
