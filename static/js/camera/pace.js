/** The pace of the readings: their rate, what holds them back, and how large frames are meanwhile. Pure. */

const RATE_WINDOW_MS = 3000;
const MIN_REPLIES = 3; // count however old they are, so that a slow rate has a number
const ASKED_MS = 150; // a shorter wait is no sign of load
const SLOW_MS = 700;
const QUICK_MS = 400;
const HOLDS_MS = 1500;
const BREAKS_MS = 1000;
const CALM_MS = 3000;
const SIDES = [Infinity, 480, 320];
const LONG_MS = 10_000;
const GROW_MS = 5000;
const MAX_GROW_MS = 60_000;
const RELAPSE_MS = 20_000;
const SHOWN_MS = 2000;
const MARGIN = 0.7; // more than the half that rounds: a rate between two numbers keeps the one that is shown

/** @typedef {import("../shared/words.js").PaceFacts & {maxSide: number}} Pace Limits frames to `maxSide` pixels. */

/** @type {Pace} */
export const FREE = { reason: null, perSecond: null, maxSide: Infinity };

export function createPace() {
  const stats = createStats();
  const busy = createSign();
  const slow = createSign();
  const sideFor = createSides();
  let { perSecond } = FREE;
  let [repliedAt, limitedAt, shownAt] = [-Infinity, Infinity, -Infinity];

  /**
   * @param {number} now
   * @param {number} waitMs
   */
  function seeBusy(now, waitMs) {
    if (busy.see(now, now + waitMs)) stats.clear(); // the rate before says nothing of the rate under load
  }

  /**
   * @param {number} now
   * @param {number} rate
   */
  function show(now, rate) {
    const distance = perSecond
      ? Math.max(Math.abs(rate - perSecond), Math.abs(1 / rate - 1 / perSecond))
      : Infinity;
    if (distance <= MARGIN || now - shownAt < SHOWN_MS) return;
    perSecond = rate < 1 ? 1 / Math.round(1 / rate) : Math.round(rate);
    shownAt = now;
  }

  /**
   * @param {number} now
   * @param {boolean} isHeld Whether this answer is a sign of load: after the last one the shown rate stays.
   * @returns {Pace}
   */
  function judge(now, isHeld) {
    const reason = busy.holds() ? "server_busy" : slow.holds() ? "slow_connection" : null;
    limitedAt = reason ? Math.min(limitedAt, now) : Infinity;
    const fps = stats.read(now)?.fps ?? 0;
    const rate = Math.min(fps, 1000 / (now - repliedAt)); // falls also while no reply comes
    if (!reason) [perSecond, shownAt] = [null, -Infinity];
    else if (isHeld && rate) show(now, rate);
    const lowest = !reason ? 0 : now - limitedAt >= LONG_MS && rate < 2 ? 2 : 1;
    return { reason, perSecond, maxSide: SIDES[sideFor(now, lowest)] };
  }

  return {
    /**
     * Takes in a reading.
     *
     * @param {number} now Milliseconds.
     * @param {{waitMs: number, networkMs: number}} reply Wait that the server asks for; round trip without the server's
     *   own time.
     */
    reply(now, { waitMs, networkMs }) {
      const isAsked = waitMs > ASKED_MS;
      if (isAsked) seeBusy(now, waitMs);
      else busy.miss(now);
      stats.add({ at: now, roundTrip: networkMs });
      repliedAt = now;
      const isSlow = (stats.read(now)?.roundTripMs ?? 0) > (slow.holds() ? QUICK_MS : SLOW_MS);
      if (isSlow) slow.see(now, now);
      else slow.miss(now);
      return judge(now, isAsked || (isSlow && !busy.holds()));
    },
    /**
     * Takes in a refusal of a server that is busy.
     *
     * @param {number} now Milliseconds.
     * @param {number} waitMs Wait until the next try.
     */
    refusal(now, waitMs) {
      seeBusy(now, waitMs);
      return judge(now, true);
    },
  };
}

/** A sign that holds once it has lasted for a while, and until it has been gone for a while. */
function createSign() {
  let [since, until] = [Infinity, -Infinity];
  let holds = false;
  return {
    /**
     * @param {number} now
     * @param {number} end Time until which the sign lasts.
     * @returns {boolean} Whether the sign is new.
     */
    see(now, end) {
      const isNew = since === Infinity;
      since = Math.min(since, now);
      until = end;
      holds ||= now - since >= HOLDS_MS;
      return isNew;
    },
    /** @param {number} now */
    miss(now) {
      if (now - until >= (holds ? CALM_MS : BREAKS_MS)) [since, holds] = [Infinity, false];
    },
    holds: () => holds,
  };
}

/** Steps down at once and up slowly; where a step up did not last, the next one waits twice as long. */
function createSides() {
  let step = 0;
  let [steppedAt, grewAt] = [-Infinity, -Infinity];
  let growMs = GROW_MS;
  /**
   * @param {number} now
   * @param {number} lowest Step that the load asks for; 0 without load.
   */
  return (now, lowest) => {
    if (step < lowest) {
      if (step === 0) growMs = now - grewAt < RELAPSE_MS ? Math.min(2 * growMs, MAX_GROW_MS) : GROW_MS;
      step += 1;
      steppedAt = now;
    } else if (lowest === 0 && step > 0 && now - steppedAt >= growMs) {
      step -= 1;
      steppedAt = grewAt = now;
    }
    return step;
  };
}

/**
 * @typedef {object} Stats
 * @property {number} fps Replies per second.
 * @property {number} roundTripMs Median round-trip time.
 */

/** Measures the speed of the replies of the last three seconds. */
export function createStats() {
  /** @type {{at: number, roundTrip: number}[]} */
  let replies = [];
  return {
    /** @param {{at: number, roundTrip: number}} reply Its arrival and its round-trip time, in milliseconds. */
    add: (reply) => void replies.push(reply),
    clear: () => {
      replies = [];
    },
    /**
     * @param {number} now Milliseconds.
     * @returns {Stats | null} Null with fewer than two replies.
     */
    read(now) {
      const kept = replies.length - MIN_REPLIES;
      replies = replies.filter((reply, index) => index >= kept || now - reply.at <= RATE_WINDOW_MS);
      if (replies.length < 2) return null;
      const spanMs = replies[replies.length - 1].at - replies[0].at;
      if (spanMs <= 0) return null;
      return {
        fps: ((replies.length - 1) * 1000) / spanMs,
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
