import assert from "node:assert/strict";
import { test } from "node:test";
import { loopReadingAt } from "../../../../static/js/live/idle/loop_readings.js";

const loop = {
  seconds: 4,
  labels: ["happy", "neutral"],
  readings: [
    [0.2, 0.2, 0.4, 0.4, 0, 1],
    [0.4, 0.2, 0.4, 0.4, 1, 0],
  ],
};

test("between two readings lies what lies between them", () => {
  assert.deepEqual(loopReadingAt(loop, 0), { box: [0.2, 0.2, 0.4, 0.4], shares: [0, 1], top: 1 });
  const half = loopReadingAt(loop, 1.5); // three quarters of the way
  assert.deepEqual(
    half.shares.map((share) => Math.round(share * 100)),
    [75, 25],
  );
  assert.equal(half.top, 0);
});

test("the loop has no seam", () => {
  const end = loopReadingAt(loop, 3.999);
  const beginning = loopReadingAt(loop, 4);
  assert.ok(Math.abs(end.box[0] - beginning.box[0]) < 0.01);
  assert.deepEqual(loopReadingAt(loop, 9.5), loopReadingAt(loop, 1.5));
});
