import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCells } from "../../../../static/js/camera/face_finder/change.js";
import { cutFaces, faceSquare, findHints } from "../../../../static/js/camera/face_finder/crop.js";
import { differences, picture, vectors } from "./vectors.js";

const faces = vectors.faces.map(([x, y, w, h, score, rightX, rightY, leftX, leftY]) => ({
  box: { x, y, w, h },
  score,
  eyes: [
    [rightX, rightY],
    [leftX, leftY],
  ],
}));

for (const [name, rule] of Object.entries(vectors.rules)) {
  test(`the rule “${name}” wants the same squares as on the server`, () => {
    faces.forEach((face, index) => {
      const { x, y, side, angle } = faceSquare(face, rule);
      [x, y, side, angle].forEach((value, at) => {
        assert.ok(Math.abs(value - vectors.squares[name][index][at]) < 1e-9);
      });
    });
  });

  test(`the rule “${name}” cuts the same crops as on the server, also beyond the edges`, () => {
    const { largest, share } = differences(cutFaces(picture(), faces, rule), vectors.crops[name]);
    assert.ok(largest <= 1, `${largest} levels of difference`);
    assert.ok(share <= 0.01, `${share} of the bytes differ`);
  });
}

/** @param {import("../../../../static/js/camera/face_finder/pixels.js").Pixels} image */
const luma = (image) => frameCells(image).reduce((sum, one) => sum + one, 0) / 48;

test("the hints are those of the server", () => {
  assert.deepEqual(findHints(luma(picture()), faces.slice(0, 1)), vectors.hints["picture"]);
  assert.deepEqual(findHints(luma(picture({ divisor: 8 })), faces.slice(2, 3)), vectors.hints["dark, small"]);
  assert.deepEqual(findHints(luma(picture()), []), vectors.hints["no face"]);
  assert.deepEqual(vectors.hints["dark, small"], ["too_dark", "too_small"]);
});
