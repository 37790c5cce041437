import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, createHistory, ribbonsOf, toCsv, toJson } from "../../../static/js/live/history.js";

const LABELS = ["happy", "sad"];
const face = (label, state = "sure", happy = 0.75) => ({
  id: 7,
  slot: 2,
  label,
  state,
  confidence: happy,
  probs: { happy, sad: 1 - happy },
});

/** @param {[number, object | undefined][]} readings */
function historyOf(...readings) {
  const history = createHistory(LABELS);
  for (const [now, one] of readings) history.add(now, [one ?? []].flat());
  return history;
}

test("time counts for the reading before it; unsure readings and an empty view count by themselves", () => {
  const history = historyOf(
    [1000, face("happy")],
    [2000, face("sad")],
    [2500, face("sad", "unsure")],
    [3500, undefined],
    [4500, face("happy")],
  );
  assert.deepEqual(history.summary(), {
    seconds: 2.5,
    labels: { happy: 1, sad: 0.5 },
    unsure: 0.4,
    changes: 2,
  });
});

test("a pause is no time with a face", () => {
  const { seconds, labels } = historyOf(
    [0, face("happy")],
    [1500, face("happy")],
    [60_000, face("happy")],
  ).summary();
  assert.deepEqual([seconds, labels.happy], [1.5, 1.5]);
});

test("an expression that comes back after an unsure reading has not changed", () => {
  const readings = ["sure", "unsure", "sure", "none", "sure"].map((state, at) => [
    at * 300,
    state === "none" ? undefined : face("happy", state),
  ]);
  assert.equal(historyOf(...readings).summary().changes, 0);
});

test("at most five samples a second are kept, every reading counts", () => {
  const history = createHistory(LABELS);
  for (let now = 0; now < 1000; now += 50) history.add(now, [face(now % 100 ? "happy" : "sad")]);
  assert.deepEqual(
    history.samples().map(({ at }) => at),
    [0, 200, 400, 600, 800],
  );
  assert.equal(history.summary().changes, 19);
});

test("an hour of samples is kept", () => {
  const history = createHistory(LABELS);
  for (let number = 0; number < 18_010; number++) history.add(number * 200, [face("happy")]);
  assert.equal(history.samples().length, 18_000);
  assert.equal(history.samples()[0].at, 2000);
});

test("after a clear everything begins anew", () => {
  const history = historyOf([5000, face("happy")], [6000, face("sad")]);
  history.clear();
  assert.deepEqual(history.summary(), { seconds: 0, labels: { happy: 0, sad: 0 }, unsure: 0, changes: 0 });
  history.add(9000, [face("sad")]);
  assert.equal(history.samples()[0].at, 0);
});

test("a clear can be taken back", () => {
  const history = historyOf([5000, face("happy")], [6000, face("sad")]);
  const before = history.summary();
  history.clear()();
  assert.deepEqual(history.summary(), before);
  assert.equal(history.samples().length, 2);
});

test("columns count back from the last sample and leave out what is older", () => {
  const { samples } = historyOf([0, face("happy")], [1000, face("happy", "sure", 0.5)], [2000, undefined]);
  assert.deepEqual(columnsOf(samples(), LABELS, 1500), [
    [-1, 0],
    [0.5, null],
    [0.5, null],
  ]);
  assert.deepEqual(columnsOf([], LABELS, 1500), [[], [], []]);
});

test("no line bridges a pause", () => {
  const { samples } = historyOf([0, face("happy")], [5000, face("happy")]);
  assert.deepEqual(columnsOf(samples(), LABELS, 9000)[1], [0.75, null, 0.75]);
});

test("CSV has a line for each sample, empty where there was no face", () => {
  const { samples } = historyOf([0, face("happy")], [250, undefined]);
  assert.equal(
    toCsv(samples(), LABELS),
    "seconds,face,state,label,confidence,happy,sad\r\n0.0,3,sure,happy,0.75,0.75,0.25\r\n0.3,,none,,,,\r\n",
  );
});

test("JSON has the same and the summary", () => {
  const history = historyOf([0, face("happy")], [1000, face("happy")]);
  const read = JSON.parse(
    toJson(history.samples(), history.summary(), { started: "2026-01-02T03:04:05Z", model: "m" }),
  );
  assert.deepEqual([read.started, read.model, read.summary.seconds], ["2026-01-02T03:04:05Z", "m", 1]);
  assert.deepEqual(read.samples[1], {
    seconds: 1,
    face: 3,
    state: "sure",
    label: "happy",
    confidence: 0.75,
    probs: { happy: 0.75, sad: 0.25 },
  });
});

const other = (label) => ({ ...face(label), id: 9, slot: 0 });

test("a change of the followed face is no change of an expression; each face has a tally of its own", () => {
  const history = historyOf(
    [0, [face("happy"), other("sad")]],
    [1000, [other("sad"), face("happy")]],
    [2000, [face("happy"), other("sad")]],
    [3000, [face("sad"), other("sad")]],
  );
  assert.equal(history.summary().changes, 1);
  assert.deepEqual(
    history.perFace().map(({ face: number, changes, labels }) => [number, changes, labels.happy, labels.sad]),
    [
      [1, 0, 0, 3],
      [3, 1, 3, 0],
    ],
  );
});

test("every face is exported, with the number that the picture shows", () => {
  const { samples, summary } = historyOf([0, [face("happy"), other("sad")]]);
  const lines = toCsv(samples(), LABELS).trim().split("\r\n").slice(1);
  assert.deepEqual(lines, ["0.0,3,sure,happy,0.75,0.75,0.25", "0.0,1,sure,sad,0.75,0.75,0.25"]);
  const read = JSON.parse(toJson(samples(), summary(), { started: "", model: "" }));
  assert.deepEqual(
    read.samples.map((row) => [row.seconds, row.face, row.label]),
    [
      [0, 3, "happy"],
      [0, 1, "sad"],
    ],
  );
});

test("marks are lines of their own, in their place in time", () => {
  const { samples } = historyOf([0, face("happy")], [1000, face("happy")]);
  assert.deepEqual(
    toCsv(samples(), LABELS, [{ at: 400 }])
      .trim()
      .split("\r\n"),
    [
      "seconds,face,state,label,confidence,happy,sad,mark",
      "0.00,3,sure,happy,0.75,0.75,0.25,",
      "0.40,,,,,,,1",
      "1.00,3,sure,happy,0.75,0.75,0.25,",
    ],
  );
});

test("a ribbon has a band for each expression, a gap where there was no face, and one row for each face", () => {
  const { samples } = historyOf(
    [0, face("happy")],
    [1000, [face("happy"), other("sad")]],
    [2000, face("sad", "unsure")],
    [3000, undefined],
    [4000, face("sad")],
    [5000, undefined],
  );
  assert.deepEqual(ribbonsOf(samples(), 10_000), [
    { face: 1, bands: [{ from: 0.6, to: 0.7, label: "sad", sure: true }] },
    {
      face: 3,
      bands: [
        { from: 0.5, to: 0.7, label: "happy", sure: true },
        { from: 0.7, to: 0.8, label: "sad", sure: false },
        { from: 0.9, to: 1, label: "sad", sure: true },
      ],
    },
  ]);
  assert.deepEqual(ribbonsOf([], 1000), []);
});
