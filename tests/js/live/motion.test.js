import assert from "node:assert/strict";
import { test } from "node:test";
import { shiftAnywhere, shiftOf } from "../../../static/js/live/motion.js";

const [WIDTH, HEIGHT] = [160, 120];

/** A smooth pattern that is nowhere the same, moved by some pixels. */
function picture(dx = 0, dy = 0) {
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1)
    for (let x = 0; x < WIDTH; x += 1) {
      const [u, v] = [x - dx, y - dy];
      pixels[y * WIDTH + x] = 128 + 60 * Math.sin(u / 5 + v / 9) + 50 * Math.cos(v / 4 - u / 17);
    }
  return { pixels, width: WIDTH, height: HEIGHT };
}
const BOX = [0.35, 0.35, 0.3, 0.35];

for (const [dx, dy] of [
  [0, 0],
  [4, -3],
  [9, 2],
  [2.5, 1],
])
  test(`a picture that moved by ${dx}, ${dy} pixels is found there, to a part of a pixel`, () => {
    const shift = shiftOf(picture(), picture(dx, dy), BOX, { x: 0, y: 0 });
    assert.ok(Math.abs(shift.x * WIDTH - dx) < 0.3, String(shift.x * WIDTH));
    assert.ok(Math.abs(shift.y * HEIGHT - dy) < 0.3, String(shift.y * HEIGHT));
  });

test("a face that turned round is found although it was expected elsewhere", () => {
  const shift = shiftOf(picture(), picture(-4, 0), BOX, { x: 4 / WIDTH, y: 0 });
  assert.ok(Math.abs(shift.x * WIDTH + 4) < 0.3);
});

test("where nothing looks like the face there is no answer", () => {
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT).fill(255);
  assert.equal(shiftOf(picture(), { pixels, width: WIDTH, height: HEIGHT }, BOX, { x: 0, y: 0 }), null);
});

test("a face that has left the picture has no place", () => {
  assert.equal(shiftOf(picture(), picture(), BOX, { x: 2, y: 0 }), null);
});

/** A face of that pattern before an even wall, moved by some pixels. */
function scene(dx, dy) {
  const { pixels } = picture(dx, dy);
  const [left, top] = [BOX[0] * WIDTH + dx, BOX[1] * HEIGHT + dy];
  const isFace = (x, y) => x >= left && x < left + BOX[2] * WIDTH && y >= top && y < top + BOX[3] * HEIGHT;
  return {
    pixels: pixels.map((level, index) =>
      isFace(index % WIDTH, Math.floor(index / WIDTH)) ? level : 100 + (index % WIDTH) / 5,
    ),
    width: WIDTH,
    height: HEIGHT,
  };
}

for (const [dx, dy] of [
  [46, 11],
  [-38, -20],
  [7, 31],
])
  test(`a face that moved by ${dx}, ${dy} pixels is found in the whole picture`, () => {
    assert.equal(shiftOf(scene(0, 0), scene(dx, dy), BOX, { x: 0, y: 0 }), null);
    const shift = shiftAnywhere(scene(0, 0), scene(dx, dy), BOX);
    assert.ok(Math.abs(shift.x * WIDTH - dx) < 0.3, String(shift.x * WIDTH));
    assert.ok(Math.abs(shift.y * HEIGHT - dy) < 0.3, String(shift.y * HEIGHT));
  });

test("of a picture without the face no place is taken for it", () => {
  const wall = scene(WIDTH, 0);
  assert.equal(shiftAnywhere(scene(0, 0), wall, BOX), null);
  const another = { ...wall, pixels: scene(20, 5).pixels.map((level) => 255 - level) };
  assert.equal(shiftAnywhere(scene(0, 0), another, BOX), null);
});
