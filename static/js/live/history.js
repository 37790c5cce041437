/** Numbers of the live page, which never leave it: the session's readings of every face. Pure. */

const SAMPLE_MS = 200;
const PAUSE_MS = 1500; // a longer gap between two readings is a pause, not a face
const MAX_SAMPLES = 18_000; // an hour

/**
 * @typedef {object} FaceRow Reading of one face.
 * @property {number | null} face Number that the picture shows; null without a face.
 * @property {"sure" | "unsure" | "none"} state
 * @property {string | null} label
 * @property {number | null} confidence Probability of `label`, 0..1.
 * @property {Record<string, number> | null} probs
 *
 * @typedef {FaceRow & {at: number, others: FaceRow[]}} Sample The followed face, and the others, `at` milliseconds
 *   after the first reading.
 *
 * @typedef {object} Summary
 * @property {number} seconds Time with a face in view.
 * @property {Record<string, number>} labels Seconds for which each label was shown, in the labels' order.
 * @property {number} unsure Share of the time with a face, 0..1.
 * @property {number} changes Number of times that one expression of a face followed another.
 *
 * @typedef {Pick<import("../camera/live_feed.js").SlottedFace, "id" | "slot" | "label" | "confidence" | "probs" |
 *   "state">} Face
 */

/**
 * Sums up the readings since the camera started: those of the followed face, and of every face by its number.
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
     * @param {Face[]} faces The followed face comes first.
     */
    add(now, faces) {
      take(session.followed, faces[0], now);
      for (const face of faces)
        if (!session.byNumber.has(numberOf(face))) session.byNumber.set(numberOf(face), newTally(labels));
      for (const [number, tally] of session.byNumber)
        take(
          tally,
          faces.find((face) => numberOf(face) === number),
          now,
        );
      session.startedAt ??= now;
      const at = Math.round(now - session.startedAt);
      const lastSample = session.samples.at(-1);
      if (lastSample && at - lastSample.at < SAMPLE_MS) return;
      session.samples.push(sampleOf(at, faces));
      if (session.samples.length > MAX_SAMPLES) session.samples.shift();
    },
    /** @returns {Sample[]} At most five samples a second, those of the last hour. */
    samples: () => session.samples,
    /** @returns {Summary} Summary of the followed face since the last `clear`. */
    summary: () => summaryOf(session.followed),
    /** @returns {(Summary & {face: number})[]} Summary of each face, by the number that the picture shows. */
    perFace: () =>
      [...session.byNumber].sort(([a], [b]) => a - b).map(([face, tally]) => ({ face, ...summaryOf(tally) })),
  };
}

/** @param {{slot: number}} face */
export function numberOf({ slot }) {
  return slot + 1;
}

/**
 * @typedef {{faceMs: number, unsureMs: number, changes: number, labelMs: Record<string, number>}} Totals
 * @typedef {{now: number, state: FaceRow["state"], label: string}} LastReading
 *
 * @param {string[]} labels
 */
function newSession(labels) {
  return {
    samples: /** @type {Sample[]} */ ([]),
    followed: newTally(labels),
    byNumber: /** @type {Map<number, Tally>} */ (new Map()),
    startedAt: /** @type {number | null} */ (null),
  };
}

/**
 * @typedef {ReturnType<typeof newTally>} Tally
 *
 * @param {string[]} labels
 */
function newTally(labels) {
  return {
    totals: /** @type {Totals} */ ({
      faceMs: 0,
      unsureMs: 0,
      changes: 0,
      labelMs: Object.fromEntries(labels.map((label) => [label, 0])),
    }),
    last: /** @type {LastReading | null} */ (null),
    id: /** @type {number | null} */ (null),
    sureLabel: /** @type {string | null} */ (null),
  };
}

/**
 * Takes a reading into a tally. Another face is no change of an expression.
 *
 * @param {Tally} tally
 * @param {Face | undefined} face
 * @param {number} now
 */
function take(tally, face, now) {
  if (tally.last) count(tally.totals, tally.last, now);
  if (face && face.id !== tally.id) [tally.id, tally.sureLabel] = [face.id, null];
  if (face?.state === "sure" && face.label !== tally.sureLabel) {
    if (tally.sureLabel !== null) tally.totals.changes += 1;
    tally.sureLabel = face.label;
  }
  tally.last = { now, state: face?.state ?? "none", label: face?.label ?? "" };
}

/**
 * @param {Tally} tally
 * @returns {Summary}
 */
function summaryOf({ totals: { faceMs, unsureMs, changes, labelMs } }) {
  const perLabel = Object.entries(labelMs).map(([label, ms]) => [label, ms / 1000]);
  return {
    seconds: faceMs / 1000,
    labels: Object.fromEntries(perLabel),
    unsure: faceMs ? unsureMs / faceMs : 0,
    changes,
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
 * @param {Face[]} faces
 * @returns {Sample}
 */
export function sampleOf(at, faces) {
  const [followed = NO_FACE, ...others] = faces.map(rowOf);
  return { at, ...followed, others };
}

/** @type {FaceRow} */
const NO_FACE = { face: null, state: "none", label: null, confidence: null, probs: null };

/**
 * @param {Face} face
 * @returns {FaceRow}
 */
function rowOf(face) {
  const { state, label, confidence, probs } = face;
  return { face: numberOf(face), state, label, confidence, probs };
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
 * @typedef {object} Band Time of one label in a ribbon.
 * @property {number} from Start as a share of the window, 0..1.
 * @property {number} to
 * @property {string} label
 * @property {boolean} sure
 *
 * Arranges the last minutes as ribbons: for each face, which expression it showed when.
 *
 * @param {Sample[]} samples
 * @param {number} windowMs Length of the shown time.
 * @returns {{face: number, bands: Band[]}[]} By the number that the picture shows.
 */
export function ribbonsOf(samples, windowMs) {
  const end = samples.at(-1)?.at ?? 0;
  const begin = end - windowMs;
  /** @type {Map<number, Band[]>} */
  const ribbons = new Map();
  for (let index = firstSince(samples, begin); index < samples.length; index += 1) {
    const { at, others } = samples[index];
    const next = Math.min(samples[index + 1]?.at ?? at + SAMPLE_MS, at + PAUSE_MS, end);
    for (const row of [samples[index], ...others]) {
      if (row.face === null || row.label === null) continue;
      const bands = ribbons.get(row.face) ?? [];
      ribbons.set(row.face, bands);
      extend(bands, {
        from: (at - begin) / windowMs,
        to: (next - begin) / windowMs,
        label: row.label,
        sure: row.state === "sure",
      });
    }
  }
  return [...ribbons].sort(([a], [b]) => a - b).map(([face, bands]) => ({ face, bands }));
}

/**
 * @param {Sample[]} samples
 * @param {number} begin
 */
function firstSince(samples, begin) {
  let index = samples.length;
  while (index > 0 && samples[index - 1].at >= begin) index -= 1;
  return index;
}

/**
 * @param {Band[]} bands
 * @param {Band} band
 */
function extend(bands, band) {
  const last = bands.at(-1);
  const goesOn = last && last.label === band.label && last.sure === band.sure && last.to >= band.from - 1e-9;
  if (goesOn) last.to = band.to;
  else bands.push(band);
}

/**
 * @param {Sample[]} samples
 * @returns {({at: number} & FaceRow)[]} One row for each face of each sample, the followed face first.
 */
function rowsOf(samples) {
  return samples.flatMap(({ at, others, ...followed }) =>
    [followed, ...others].map((row) => ({ at, ...row })),
  );
}

/**
 * @param {Sample[]} samples
 * @param {string[]} labels
 * @param {{at: number}[]} [marks] Moments that get a line of their own, with their number in a last column.
 * @returns {string} CSV as in RFC 4180, one line for each face of a sample.
 */
export function toCsv(samples, labels, marks) {
  const head = ["seconds", "face", "state", "label", "confidence", ...labels, ...(marks ? ["mark"] : [])];
  const blank = head.slice(1, -1).map(() => "");
  const lines = [
    ...rowsOf(samples).map((row) => ({
      at: row.at,
      cells: [...cellsOf(row, labels), ...(marks ? [""] : [])],
    })),
    ...(marks ?? []).map(({ at }, index) => ({ at, cells: [...blank, String(index + 1)] })),
  ];
  if (marks) lines.sort((a, b) => a.at - b.at);
  const texts = lines.map(({ at, cells }) => [(at / 1000).toFixed(marks ? 2 : 1), ...cells].join(","));
  return [head.join(","), ...texts, ""].join("\r\n");
}

/**
 * @param {FaceRow} row
 * @param {string[]} labels
 */
function cellsOf({ face, state, label, confidence, probs }, labels) {
  return [face, state, label, confidence, ...labels.map((name) => probs?.[name])].map((value) => value ?? "");
}

/**
 * @param {Sample[]} samples
 * @param {Summary} summary Of the followed face.
 * @param {{started: string, model: string, faces?: (Summary & {face: number})[]}} about Start of the session, as ISO
 *   8601, name of the model, and the summary of each face.
 */
export function toJson(samples, summary, about) {
  const rows = rowsOf(samples).map(({ at, ...rest }) => ({ seconds: at / 1000, ...rest }));
  return JSON.stringify({ ...about, summary, samples: rows }, null, 1);
}
