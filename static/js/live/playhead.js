/**
 * Which moment of the camera's video is on the screen, and where the faces are in it. A reading is late by its round
 * trip; the picture is held back as long, so that a box is drawn on the very picture that it was found in. Camera
 * frames between two readings get boxes between theirs, so that the picture moves at the camera's own rate. Pure.
 */

const NEEDS_MS = 3000;
const MIN_NEEDS = 4; // count however old they are
const USUAL = 0.8; // share of the readings that come in time; the picture waits for the others
const MARGIN_MS = 8;
const MAX_DELAY_MS = 500; // a mirror that is later than this is none
const EASE = 0.2; // share of a change of the delay that a reading takes over
const MAX_GAP_MS = 70; // two frames of a camera and a little
const MEMORY_MS = 2000;

/** How far from its reading a face is expected where its movement leads. */
export const MAX_HORIZON_MS = 400;

/**
 * @typedef {import("../camera/live_feed.js").SlottedFace} Face
 * @typedef {{at: number, faces: Face[]}} Reading The faces of the frame that was captured at `at`, in milliseconds.
 */

export function createPlayhead() {
  /** @type {Reading[]} */
  let readings = []; // oldest first
  /** @type {{now: number, ms: number}[]} */
  let needs = []; // delays at which the picture would not have waited for a reading
  /** @type {number | null} */
  let delay = null;

  return {
    /**
     * Takes in a reading.
     *
     * @param {number} now Milliseconds.
     * @param {Reading} reading Later than those before.
     */
    add(now, reading) {
      const last = readings.at(-1);
      if (last) needs.push({ now, ms: now - last.at });
      needs = needs.filter((need, index) => index >= needs.length - MIN_NEEDS || now - need.now <= NEEDS_MS);
      readings = [...readings.filter(({ at }) => reading.at - at < MEMORY_MS), reading];
      const wanted = needs.length ? usual(needs.map(({ ms }) => ms)) + MARGIN_MS : 2 * (now - reading.at);
      delay = delay === null ? wanted : delay + EASE * (wanted - delay);
    },
    clear() {
      [readings, needs, delay] = [[], [], null];
    },
    /** @returns {Reading | undefined} */
    last: () => readings.at(-1),
    /**
     * @param {number} moment
     * @returns {Reading | undefined} The first reading after that moment, if the one before it is long ago: what a
     *   face did between them is unknown.
     */
    afterGap(moment) {
      const index = readings.findIndex(({ at }) => at > moment);
      return index > 0 && readings[index].at - readings[index - 1].at > MAX_GAP_MS
        ? readings[index]
        : undefined;
    },
    /**
     * @param {number} now
     * @returns {boolean} Whether readings come too late to hold the picture back for them.
     */
    isLate(now) {
      const last = readings.at(-1);
      return last !== undefined && Math.max(delay ?? 0, now - last.at - MAX_DELAY_MS) > MAX_DELAY_MS;
    },
    /**
     * @param {number} now
     * @returns {number | null} Moment to show: at most that of the last reading; null without a reading.
     */
    moment(now) {
      const last = readings.at(-1);
      return last ? Math.min(now - (delay ?? 0), last.at) : null;
    },
    /**
     * @param {number} moment
     * @returns {Face[]} Faces of that moment: boxes between those of the readings around it, or after the last reading
     *   where its movement leads; words of the later one.
     */
    facesAt(moment) {
      const after = readings.findIndex(({ at }) => at >= moment);
      if (after === 0) return readings[0].faces;
      if (after < 0) return predicted(readings.at(-2), readings.at(-1), moment);
      return between(readings[after - 1], readings[after], moment);
    },
  };
}

/** @param {number[]} needs At least one. */
function usual(needs) {
  const sorted = [...needs].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(USUAL * sorted.length), sorted.length - 1)];
}

/**
 * @param {Reading} earlier
 * @param {Reading} later
 * @param {number} moment
 */
function between(earlier, later, moment) {
  const share = (moment - earlier.at) / (later.at - earlier.at);
  return later.faces.map((face) => {
    const before = sameFace(face, earlier, later);
    return before ? { ...face, box: mix(before.box, face.box, share) } : face;
  });
}

/**
 * @param {Reading | undefined} earlier
 * @param {Reading | undefined} last
 * @param {number} moment
 */
function predicted(earlier, last, moment) {
  if (!last) return [];
  if (!earlier) return last.faces;
  const ahead = Math.min(moment - last.at, MAX_HORIZON_MS) / (last.at - earlier.at);
  return last.faces.map((face) => {
    const before = sameFace(face, earlier, last);
    return before ? { ...face, box: moved(before.box, face.box, ahead) } : face;
  });
}

/**
 * The server gives a quick face a new number now and then; one face before and one after are the same.
 *
 * @param {Face} face Face of the later reading.
 * @param {Reading} earlier
 * @param {Reading} later
 */
function sameFace(face, earlier, later) {
  const isOnly = earlier.faces.length === 1 && later.faces.length === 1;
  return isOnly ? earlier.faces[0] : earlier.faces.find(({ id }) => id === face.id);
}

/**
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share
 */
function mix(from, to, share) {
  return from.map((value, index) => value + share * (to[index] - value));
}

/**
 * Moves a box on as it has moved; its size stays.
 *
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} ahead Length of the way, as a multiple of the way from one to the other.
 */
function moved([x0, y0, w0, h0], [x1, y1, w1, h1], ahead) {
  const [dx, dy] = [x1 + w1 / 2 - x0 - w0 / 2, y1 + h1 / 2 - y0 - h0 / 2];
  return [x1 + ahead * dx, y1 + ahead * dy, w1, h1];
}
