/** Where the mood was in the last minutes. Pure: time is an argument. */

/**
 * @typedef {import("./plane.js").Point} Point
 * @typedef {{at: number, point: Point}} TrailPoint `at` is in milliseconds.
 */

export const TRAIL_MS = 5 * 60_000;
export const RECENT_MS = 20_000;

const RECENT_STEP_MS = 150;
const STEP_MS = 1500; // between older points: a trail of minutes needs no more

export function createTrail() {
  /** @type {TrailPoint[]} */
  let older = []; // oldest first
  /** @type {TrailPoint[]} */
  const recent = [];

  return {
    /**
     * @param {Point | null} point Null while there is no mood to be seen.
     * @param {number} now
     */
    add(point, now) {
      const last = recent.at(-1);
      if (point && (!last || now - last.at >= RECENT_STEP_MS)) recent.push({ at: now, point });
      while (recent.length > 0 && now - recent[0].at > RECENT_MS) {
        const [left] = recent.splice(0, 1);
        if (left.at - (older.at(-1)?.at ?? -Infinity) >= STEP_MS) older.push(left);
      }
      older = older.filter(({ at }) => now - at <= TRAIL_MS);
    },
    /** @returns {{older: TrailPoint[], recent: TrailPoint[]}} */
    points: () => ({ older, recent }),
    /** @returns {TrailPoint[]} */
    all: () => [...older, ...recent],
  };
}

/**
 * @param {TrailPoint[]} points
 * @returns {Point | null} Their mean; null if there are none.
 */
export function meanOf(points) {
  if (points.length === 0) return null;
  const sum = points.reduce(
    (total, { point }) => ({
      valence: total.valence + point.valence,
      arousal: total.arousal + point.arousal,
    }),
    { valence: 0, arousal: 0 },
  );
  return { valence: sum.valence / points.length, arousal: sum.arousal / points.length };
}
