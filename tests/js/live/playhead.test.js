import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlayhead } from "../../../static/js/live/playhead.js";

const face = (id, x, w = 0.2) => ({ id, slot: 0, box: [x, 0, w, 0.2], label: "happy" });
const reading = (at, ...faces) => ({ at, faces });
const boxesAt = (playhead, moment) => playhead.facesAt(moment).map(({ box }) => box[0]);

/** Readings of frames 40 ms apart, each 30 ms late. */
function steady(until) {
  const playhead = createPlayhead();
  for (let at = 0; at <= until; at += 40) playhead.add(at + 30, reading(at, face(1, at / 1000)));
  return playhead;
}

test("the picture is held back until each frame's reading has come, and never shows what is not read yet", () => {
  const playhead = steady(4000);
  for (let late = 0; late < 40; late += 5) {
    const moment = playhead.moment(4030 + late);
    assert.ok(moment <= 4000 && moment > 4030 + late - 90, String(moment));
  }
  assert.equal(playhead.moment(9000), 4000);
});

test("a frame that was read has the very box of its reading, one between two readings a box between theirs", () => {
  const playhead = createPlayhead();
  playhead.add(30, reading(0, face(1, 0.1), face(2, 0.5)));
  playhead.add(130, reading(100, face(1, 0.3)));
  assert.deepEqual(boxesAt(playhead, 0), [0.1, 0.5]);
  assert.deepEqual(boxesAt(playhead, 100), [0.3]);
  assert.ok(Math.abs(boxesAt(playhead, 25)[0] - 0.15) < 1e-9);
});

test("one face before and one after are the same, whatever their numbers", () => {
  const playhead = createPlayhead();
  playhead.add(30, reading(0, face(1, 0.1)));
  playhead.add(130, reading(100, face(4, 0.3)));
  assert.ok(Math.abs(boxesAt(playhead, 50)[0] - 0.2) < 1e-9);
});

test("after the last reading a box goes on as it moved, but not for long", () => {
  const playhead = steady(80);
  assert.ok(Math.abs(boxesAt(playhead, 120)[0] - 0.12) < 1e-9);
  assert.ok(Math.abs(boxesAt(playhead, 5000)[0] - 0.48) < 1e-9);
});

test("readings that come too late are not waited for", () => {
  const playhead = steady(2000);
  assert.equal(playhead.isLate(2030), false);
  assert.equal(playhead.isLate(3001), true);
  const slow = createPlayhead();
  for (let at = 0; at < 5000; at += 600) slow.add(at + 300, reading(at, face(1, 0)));
  assert.equal(slow.isLate(5100), true);
});

test("a long way between two readings is said, so that the picture itself is asked", () => {
  const playhead = createPlayhead();
  playhead.add(30, reading(0, face(1, 0.1)));
  playhead.add(70, reading(40, face(1, 0.1)));
  playhead.add(230, reading(200, face(1, 0.3)));
  assert.deepEqual(
    [playhead.afterGap(20), playhead.afterGap(90)?.at, playhead.afterGap(200)],
    [undefined, 200, undefined],
  );
});

test("without a reading there is no moment and no box", () => {
  const playhead = steady(80);
  playhead.clear();
  assert.deepEqual([playhead.moment(100), playhead.facesAt(100), playhead.last()], [null, [], undefined]);
});
