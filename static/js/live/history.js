/** What was read since the camera started, of the face that is read first. Numbers alone, in this page alone. Pure. */

const SAMPLE_MS = 200;
const PAUSE_MS = 1500; // a longer gap between two readings is a pause, not a face
const MAX_SAMPLES = 18_000; // an hour

/**
 * @typedef {object} Sample
 * @property {number} at Milliseconds since the first reading.
 * @property {number | null} face The number that the server gave the face; null without one.
 * @property {"sure" | "unsure" | "none"} state
 * @property {string | null} label
 * @property {number | null} confidence 0..1
 * @property {Record<string, number> | null} probs
 *
 * @typedef {object} Summary
 * @property {number} seconds With a face in view.
 * @property {Record<string, number>} labels Seconds for which each label was shown, in the labels' order.
 * @property {number} unsure Share of the time with a face, 0..1.
 * @property {number} changes How often one expression followed another.
 *
 * @param {string[]} labels In the model's order.
 */
export function createHistory(labels) {
  let samples, totals, last, startedAt, sureLabel;

  /** @returns {() => void} Takes it back. */
  function clear() {
    const before = [samples, totals, last, startedAt, sureLabel];
    samples = [];
    totals = {
      faceMs: 0,
      unsureMs: 0,
      changes: 0,
      labelMs: Object.fromEntries(labels.map((label) => [label, 0])),
    };
    last = startedAt = sureLabel = null;
    return () => void ([samples, totals, last, startedAt, sureLabel] = before);
  }

  /** The time since the last reading belongs to what was read then. */
  function count(now) {
    const spanMs = now - last.now;
    if (last.state === "none" || spanMs > PAUSE_MS) return;
    totals.faceMs += spanMs;
    if (last.state === "unsure") totals.unsureMs += spanMs;
    else totals.labelMs[last.label] += spanMs;
  }

  clear();
  return {
    clear,
    /**
     * @param {number} now Milliseconds, not before the last one's.
     * @param {{id: number, label: string, confidence: number, probs: object, state: string} | undefined} face
     */
    add(now, face) {
      startedAt ??= now;
      if (last) count(now);
      const state = face?.state ?? "none";
      if (state === "sure" && face.label !== sureLabel) {
        if (sureLabel !== null) totals.changes += 1;
        sureLabel = face.label;
      }
      last = { now, state, label: face?.label ?? null };
      const at = Math.round(now - startedAt);
      if (samples.length && at - samples.at(-1).at < SAMPLE_MS) return;
      const { id = null, label = null, confidence = null, probs = null } = face ?? {};
      samples.push({ at, face: id, state, label, confidence, probs });
      if (samples.length > MAX_SAMPLES) samples.shift();
    },
    /** @returns {Sample[]} At most five a second, of the last hour. */
    samples: () => samples,
    /** @returns {Summary} Of everything since the last `clear`. */
    summary() {
      const perLabel = Object.entries(totals.labelMs).map(([label, ms]) => [label, ms / 1000]);
      return {
        seconds: totals.faceMs / 1000,
        labels: Object.fromEntries(perLabel),
        unsure: totals.faceMs ? totals.unsureMs / totals.faceMs : 0,
        changes: totals.changes,
      };
    },
  };
}

/**
 * Columns for a plot of the last minutes.
 *
 * @param {Sample[]} samples
 * @param {string[]} labels
 * @param {number} windowMs How far back.
 * @returns {(number | null)[][]} Seconds before the last sample (0 or less), then per label the probability, 0..1; null
 *   where there was no face or no reading, so that no line bridges it.
 */
export function columnsOf(samples, labels, windowMs) {
  const end = samples.at(-1)?.at ?? 0;
  const rows = [];
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

/** @param {Sample[]} samples @param {string[]} labels @returns {string} RFC 4180, one line per sample. */
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
 * @param {{started: string, model: string}} about When, as ISO 8601, and which model.
 */
export function toJson(samples, summary, about) {
  const rows = samples.map(({ at, ...rest }) => ({ seconds: at / 1000, ...rest }));
  return JSON.stringify({ ...about, summary, samples: rows }, null, 1);
}
