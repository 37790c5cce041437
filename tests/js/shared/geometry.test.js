import assert from "node:assert/strict";
import { test } from "node:test";
import { squareToCanvas } from "../../../static/js/shared/explain.js";
import { fitWithin, placeLabel, toOverlay } from "../../../static/js/shared/geometry.js";
import { createStats, median } from "../../../static/js/camera/pace.js";

const canvas = { width: 400, height: 300 };

test("a box becomes pixels, mirrored about the middle", () => {
  assert.deepEqual(toOverlay([0.25, 0.5, 0.25, 0.1], canvas, false), { x: 100, y: 150, w: 100, h: 30 });
  assert.deepEqual(toOverlay([0.25, 0.5, 0.25, 0.1], canvas, true), { x: 200, y: 150, w: 100, h: 30 });
});

test("a label stands above its box, inside at the top edge, never outside", () => {
  const text = { width: 120, height: 28 };
  const nothing = { width: 0, height: 0 };
  assert.deepEqual(placeLabel({ x: 50, y: 100, w: 80, h: 80 }, text, canvas, nothing), { x: 50, y: 72 });
  assert.deepEqual(placeLabel({ x: 50, y: 10, w: 80, h: 80 }, text, canvas, nothing), { x: 50, y: 10 });
  assert.deepEqual(placeLabel({ x: 350, y: 100, w: 80, h: 80 }, text, canvas, nothing), { x: 280, y: 72 });
  assert.deepEqual(placeLabel({ x: -30, y: 100, w: 80, h: 80 }, text, canvas, nothing), { x: 0, y: 72 });
});

test("a label goes to the left of the buttons in the corner", () => {
  const text = { width: 120, height: 28 };
  const buttons = { width: 100, height: 60 };
  assert.deepEqual(placeLabel({ x: 250, y: 70, w: 80, h: 80 }, text, canvas, buttons), { x: 180, y: 42 });
  assert.deepEqual(placeLabel({ x: 250, y: 88, w: 80, h: 80 }, text, canvas, buttons), { x: 250, y: 60 });
  assert.deepEqual(placeLabel({ x: 50, y: 70, w: 80, h: 80 }, text, canvas, buttons), { x: 50, y: 42 });
});

test("a frame is sent at most at the longest side, never enlarged", () => {
  assert.deepEqual(fitWithin(1280, 720, 640), { width: 640, height: 360 });
  assert.deepEqual(fitWithin(720, 1280, 640), { width: 360, height: 640 });
  assert.deepEqual(fitWithin(320, 240, 640), { width: 320, height: 240 });
});

test("frames per second and the median round trip of the last three seconds", () => {
  const stats = createStats();
  assert.equal(stats.read(0), null);
  stats.add({ at: 0, roundTrip: 999 });
  for (const at of [4000, 4100, 4200, 4300]) stats.add({ at, roundTrip: at - 3990 });
  assert.deepEqual(stats.read(4300), { fps: 10, roundTripMs: 160 });
  stats.clear();
  assert.equal(stats.read(4300), null);
});

test("the median of an even number of values lies between the middle two", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test("a square of a picture stands upright in the middle of the canvas, whichever way it was turned", () => {
  const picture = { width: 100, height: 50 };
  const map = ([a, b, c, d, e, f], [x, y]) =>
    [a * x + c * y + e, b * x + d * y + f].map((value) => Math.round(value * 1e6) / 1e6);
  const upright = [
    [0.2, 0.2],
    [0.4, 0.2],
    [0.4, 0.6],
    [0.2, 0.6],
  ]; // 20..40 by 10..30 pixels
  for (let quarter = 0; quarter < 4; quarter++) {
    const corners = [...upright.slice(quarter), ...upright.slice(0, quarter)];
    const transform = squareToCanvas(corners, picture, { side: 300, margin: 50 });
    const shown = corners.map(([x, y]) => map(transform, [x * 100, y * 50]));
    assert.deepEqual(shown, [
      [50, 50],
      [250, 50],
      [250, 250],
      [50, 250],
    ]);
  }
});
