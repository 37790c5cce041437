import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { resizeModel } from "../../../../static/js/camera/face_finder/resize_model.js";

const path = "../../../../node_modules/@mediapipe/face_detection/face_detection_short_range.tflite";
const model = new Uint8Array(readFileSync(new URL(path, import.meta.url)));

/** Whole numbers of the file that another one has changed, before and after, in their order. */
function changes(resized) {
  const [before, after] = [model, resized].map((one) => new Int32Array(one.slice().buffer));
  return [...before.keys()].flatMap((at) => (before[at] === after[at] ? [] : [[before[at], after[at]]]));
}

test("at its own size the model stays as it is, in a copy", () => {
  const resized = resizeModel(model, { width: 128, height: 128 });
  assert.deepEqual(resized, model);
  assert.notEqual(resized.buffer, model.buffer);
});

test("another size changes heights, widths and numbers of anchors alone", () => {
  const scales = new Set(
    changes(resizeModel(model, { width: 384, height: 256 })).map(([before, after]) => after / before),
  );
  assert.deepEqual([...scales].sort(), [2, 3, 6]);
});

test("the input and both outputs have the new size", () => {
  const found = changes(resizeModel(model, { width: 256, height: 192 })).map(String);
  assert.ok(found.includes("128,192") && found.includes("128,256")); // the input's height and width
  assert.equal(found.filter((one) => one === "896,2688").length, 2); // scores and boxes
});

test("a file that is no such model is refused", () => {
  assert.throws(() => resizeModel(new Uint8Array(64), { width: 256, height: 192 }), Error);
  const other = resizeModel(model, { width: 256, height: 192 });
  assert.throws(() => resizeModel(other, { width: 256, height: 192 }), /model: input/);
});
