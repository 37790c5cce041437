import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createCapture,
  createSlowFace,
  MAX_CAPTURE_MS,
  SLOW_MIN_SAMPLES,
} from "../../../static/js/live/resting_capture.js";

/** A face as a reply has it; what is left over is neutral. */
function face({ id = 1, label = "neutral", state = "sure", ...probs } = {}) {
  const rest = Object.values(probs).reduce((sum, one) => sum + one, 0);
  return { id, label, state, probs: { happy: 0, angry: 0, ...probs, neutral: 1 - rest } };
}

/** Adds a face every 100 ms; returns the progress after each. */
function watch(capture, faces, from = 0) {
  return faces.map((one, index) => capture.add(from + 100 * (index + 1), one));
}

test("three seconds of a face are its mean", () => {
  const capture = createCapture(0);
  const faces = Array.from({ length: 31 }, (_, index) => face({ angry: index % 2 ? 0.2 : 0.4 }));
  const progress = watch(capture, faces);
  assert.equal(progress[0], 0);
  assert.ok(Math.abs(progress[15] - 0.5) < 1e-9);
  assert.equal(
    progress.findIndex((one) => one === 1),
    30,
  );
  const { probs } = capture.result();
  assert.ok(Math.abs(probs.angry - (16 * 0.4 + 15 * 0.2) / 31) < 1e-9);
  assert.ok(Math.abs(Object.values(probs).reduce((sum, one) => sum + one, 0) - 1) < 1e-9);
});

test("a resting face in use does not count: the face by itself does", () => {
  const capture = createCapture(0);
  const relative = { ...face({ happy: 0.9 }), absolute: face({ angry: 0.3 }) };
  watch(capture, Array(31).fill(relative));
  assert.ok(Math.abs(capture.result().probs.angry - 0.3) < 1e-9);
  assert.equal(capture.result().probs.happy, 0);
});

test("time without the face does not count, and ends", () => {
  const capture = createCapture(0);
  watch(capture, Array(20).fill(face()));
  const progress = watch(capture, Array(30).fill(undefined), 2000);
  assert.equal(progress.at(-1), progress[0]);
  assert.ok(!capture.isOver(MAX_CAPTURE_MS - 1));
  assert.ok(capture.isOver(MAX_CAPTURE_MS));
  assert.deepEqual(capture.result(), { failure: "no_face" });
});

test("another face begins anew", () => {
  const capture = createCapture(0);
  watch(capture, Array(20).fill(face({ angry: 0.5 })));
  assert.equal(watch(capture, [face({ id: 2 })], 2000)[0], 0);
  watch(capture, Array(30).fill(face({ id: 2 })), 2100);
  assert.equal(capture.result().probs.angry, 0);
});

test("a long gap between two readings is not three seconds of a face", () => {
  const capture = createCapture(0);
  assert.equal(capture.add(100, face()), 0);
  assert.ok(capture.add(60_000, face()) < 0.5);
});

test("a smile is no resting face", () => {
  const capture = createCapture(0);
  watch(capture, Array(31).fill(face({ label: "happy", happy: 0.8 })));
  assert.deepEqual(capture.result(), { failure: "smiling" });
});

/** Adds a face every 500 ms for so many seconds; returns the last resting face, if there was one. */
function live(slow, from, seconds, one) {
  let last = null;
  for (let at = 0; at < seconds; at += 0.5) last = slow.add(1000 * (from + at), one) ?? last;
  return last;
}

test("slowly, a reading a second counts, by their median, from twenty on", () => {
  const slow = createSlowFace();
  assert.equal(live(slow, 0, SLOW_MIN_SAMPLES - 1, face({ angry: 0.1 })), null);
  const found = live(slow, SLOW_MIN_SAMPLES - 1, 1, face({ angry: 0.9 }));
  assert.ok(Math.abs(found.angry - 0.1) < 1e-9); // one of twenty does not move the median
});

test("slowly, it waits while an expression is held, and goes on after it", () => {
  const slow = createSlowFace();
  const rest = live(slow, 0, 25, face({ angry: 0.1 }));
  const held = live(slow, 25, 300, face({ label: "happy", happy: 0.9 }));
  assert.ok(held.happy < 0.05); // the three seconds before it counts as held
  assert.ok(Math.abs(rest.angry - held.angry) < 1e-9);
  const later = live(slow, 325, 100, face({ angry: 0.3 }));
  assert.ok(Math.abs(later.angry - 0.3) < 1e-9);
});

test("an unsure or a missing face is not held", () => {
  const slow = createSlowFace();
  const unsure = face({ label: "happy", state: "unsure", happy: 0.4 });
  assert.ok(Math.abs(live(slow, 0, 30, unsure).happy - 0.4) < 1e-9);
  assert.equal(live(slow, 30, 30, undefined), null);
});

test("after a reset it begins anew", () => {
  const slow = createSlowFace();
  live(slow, 0, 30, face());
  slow.reset();
  assert.equal(live(slow, 30, SLOW_MIN_SAMPLES - 1, face()), null);
});
