/** Numbers of the live page, which never leave it: the session's readings, and the speed of the replies. Pure. */

const SAMPLE_MS = 200;
const PAUSE_MS = 1500; // a longer gap between two readings is a pause, not a face
const MAX_SAMPLES = 18_000; // an hour
const RATE_WINDOW_MS = 3000;

/**
 * @typedef {object} Sample
 * @property {number} at Milliseconds since the first reading.
 * @property {number | null} face Id that the server gave the face; null without a face.
 * @property {"sure" | "unsure" | "none"} state
 * @property {string | null} label
 * @property {number | null} confidence Probability of `label`, 0..1.
 * @property {Record<string, number> | null} probs
 *
 * @typedef {object} Summary
 * @property {number} seconds Time with a face in view.
 * @property {Record<string, number>} labels Seconds for which each label was shown, in the labels' order.
 * @property {number} unsure Share of the time with a face, 0..1.
 * @property {number} changes Number of times that one expression followed another.
 */

/**
 * Sums up the readings of the primary face since the camera started.
 *
 * @param {string[]} labels Labels in the model's order.
 */
export function createHistory(labels) {
  let session = newSession(labels);
  return {
    /** @returns {() => void} Reverts the clearing. */
    clear() {
      const before = session;
      session = newSession(labels);
      return () => void (session = before);
    },
    /**
     * @param {number} now Milliseconds, not before those of the last call.
     * @param {Pick<Face, "id" | "label" | "confidence" | "probs" | "state"> | undefined} face
     */
    add(now, face) {
      const { last, samples, totals } = session;
      if (last) count(totals, last, now);
      if (face?.state === "sure" && face.label !== session.sureLabel) {
        if (session.sureLabel !== null) totals.changes += 1;
        session.sureLabel = face.label;
      }
      session.startedAt ??= now;
      session.last = { now, state: face?.state ?? "none", label: face?.label ?? "" };
      const at = Math.round(now - session.startedAt);
      const lastSample = samples.at(-1);
      if (lastSample && at - lastSample.at < SAMPLE_MS) return;
      samples.push(sampleOf(at, face));
      if (samples.length > MAX_SAMPLES) samples.shift();
    },
    /** @returns {Sample[]} At most five samples a second, those of the last hour. */
    samples: () => session.samples,
    /** @returns {Summary} Summary of everything since the last `clear`. */
    summary() {
      const { faceMs, unsureMs, changes, labelMs } = session.totals;
      const perLabel = Object.entries(labelMs).map(([label, ms]) => [label, ms / 1000]);
      return {
        seconds: faceMs / 1000,
        labels: Object.fromEntries(perLabel),
        unsure: faceMs ? unsureMs / faceMs : 0,
        changes,
      };
    },
  };
}

/**
 * @typedef {import("../camera/channel.js").Face} Face
 * @typedef {{faceMs: number, unsureMs: number, changes: number, labelMs: Record<string, number>}} Totals
 * @typedef {{now: number, state: Sample["state"], label: string}} LastReading
 *
 * @param {string[]} labels
 */
function newSession(labels) {
  return {
    samples: /** @type {Sample[]} */ ([]),
    totals: /** @type {Totals} */ ({
      faceMs: 0,
      unsureMs: 0,
      changes: 0,
      labelMs: Object.fromEntries(labels.map((label) => [label, 0])),
    }),
    last: /** @type {LastReading | null} */ (null),
    startedAt: /** @type {number | null} */ (null),
    sureLabel: /** @type {string | null} */ (null),
  };
}

/**
 * Counts the time since the last reading for the state and label of that reading.
 *
 * @param {Totals} totals
 * @param {LastReading} last
 * @param {number} now
 */
function count(totals, last, now) {
  const spanMs = now - last.now;
  if (last.state === "none" || spanMs > PAUSE_MS) return;
  totals.faceMs += spanMs;
  if (last.state === "unsure") totals.unsureMs += spanMs;
  else totals.labelMs[last.label] += spanMs;
}

/**
 * @param {number} at
 * @param {Pick<Face, "id" | "label" | "confidence" | "probs" | "state"> | undefined} face
 * @returns {Sample}
 */
function sampleOf(at, face) {
  if (!face) return { at, face: null, state: "none", label: null, confidence: null, probs: null };
  const { id, state, label, confidence, probs } = face;
  return { at, face: id, state, label, confidence, probs };
}

/**
 * Arranges the last minutes as columns for a plot.
 *
 * @param {Sample[]} samples
 * @param {string[]} labels
 * @param {number} windowMs Length of the plotted time.
 * @returns {[number[], ...(number | null)[][]]} Seconds before the last sample (0 or less), then per label the
 *   probability, 0..1; null where there was no face or no reading, so that no line bridges the gap.
 */
export function columnsOf(samples, labels, windowMs) {
  const end = samples.at(-1)?.at ?? 0;
  /** @type {[number, Sample["probs"]][]} */
  const rows = [];
  /** @type {number | null} */
  let before = null;
  for (const { at, probs } of samples) {
    if (end - at > windowMs) continue;
    if (before !== null && at - before > PAUSE_MS) rows.push([before + 1, null]);
    rows.push([at, probs]);
    before = at;
  }
  return [
    rows.map(([at]) => (at - end) / 1000),
    ...labels.map((label) => rows.map(([, probs]) => probs?.[label] ?? null)),
  ];
}

/**
 * @param {Sample[]} samples
 * @param {string[]} labels
 * @returns {string} CSV as in RFC 4180, one line per sample.
 */
export function toCsv(samples, labels) {
  const head = ["seconds", "face", "state", "label", "confidence", ...labels];
  const lines = samples.map(({ at, face, state, label, confidence, probs }) =>
    [(at / 1000).toFixed(1), face, state, label, confidence, ...labels.map((name) => probs?.[name])]
      .map((value) => value ?? "")
      .join(","),
  );
  return [head.join(","), ...lines, ""].join("\r\n");
}

/**
 * @param {Sample[]} samples
 * @param {Summary} summary
 * @param {{started: string, model: string}} about Start of the session, as ISO 8601, and name of the model.
 */
export function toJson(samples, summary, about) {
  const rows = samples.map(({ at, ...rest }) => ({ seconds: at / 1000, ...rest }));
  return JSON.stringify({ ...about, summary, samples: rows }, null, 1);
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
      replies = replies.filter((reply) => now - reply.at <= RATE_WINDOW_MS);
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
