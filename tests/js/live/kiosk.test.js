import assert from "node:assert/strict";
import { test } from "node:test";
import { createAbsence } from "../../../static/js/live/kiosk/absence.js";
import { createChallenge } from "../../../static/js/live/kiosk/challenge.js";

const LABELS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

/** Shows a label for a while, five readings a second; returns what was made. */
function show(challenge, label, { from, ms, state = "sure" }) {
  const made = [];
  for (let now = from; now <= from + ms; now += 200) made.push(challenge.add(now, { label, state }));
  return made.filter(Boolean);
}

test("an expression that is held counts once, a flicker does not", () => {
  const challenge = createChallenge(LABELS);
  assert.deepEqual(show(challenge, "happy", { from: 0, ms: 400 }), []);
  assert.deepEqual(show(challenge, "sad", { from: 600, ms: 1000 }), ["sad"]);
  assert.deepEqual(show(challenge, "sad", { from: 1800, ms: 1000 }), []);
  assert.equal(challenge.count(), 1);
});

test("what is unsure, or interrupted, is not held", () => {
  const challenge = createChallenge(LABELS);
  assert.deepEqual(show(challenge, "happy", { from: 0, ms: 2000, state: "unsure" }), []);
  show(challenge, "happy", { from: 3000, ms: 400 });
  challenge.add(3600, undefined);
  assert.deepEqual(show(challenge, "happy", { from: 3800, ms: 400 }), []);
  show(challenge, "fear", { from: 5000, ms: 400 });
  assert.deepEqual(show(challenge, "fear", { from: 8000, ms: 400 }), []); // the readings stopped for seconds
});

test("all seven are all seven, and the time is that since the first face", () => {
  const challenge = createChallenge(LABELS);
  LABELS.forEach((label, index) => show(challenge, label, { from: 5000 + 2000 * index, ms: 1000 }));
  assert.ok(challenge.isDone());
  assert.equal(challenge.seconds(5000 + 13_000), 13);
  challenge.reset();
  assert.equal(challenge.count(), 0);
  assert.ok(!challenge.isDone());
  assert.equal(challenge.seconds(99_000), 0);
});

test("a kiosk starts over 20 seconds after the last face, and says so 10 seconds before", () => {
  const absence = createAbsence();
  assert.ok(!absence.isOver(1e9)); // nobody has started it
  absence.seen(1000);
  assert.equal(absence.secondsLeft(10_900), null);
  assert.equal(absence.secondsLeft(11_000), 10);
  assert.equal(absence.secondsLeft(20_500), 1);
  assert.ok(!absence.isOver(20_999));
  assert.ok(absence.isOver(21_000));
  absence.seen(20_900);
  assert.equal(absence.secondsLeft(21_000), null);
  absence.stop();
  assert.ok(!absence.isOver(99_000));
});
