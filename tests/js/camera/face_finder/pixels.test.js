import assert from "node:assert/strict";
import { test } from "node:test";
import { resize, roundEven, toGrey } from "../../../../static/js/camera/face_finder/pixels.js";
import { differences, picture, vectors } from "./vectors.js";

/** @param {number[]} numbers */
const regionOf = ([left, top, width, height]) => ({ left, top, width, height });

test("halves are rounded to the even number, as Python does", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(roundEven), [0, 2, 2, -0, -2, 2, 3]);
});

test("grey is the grey of the server, to the bit", () => {
  const { region, pixels } = vectors.grey;
  assert.deepEqual(differences(toGrey(picture(), regionOf(region)).data, pixels), { largest: 0, share: 0 });
});

for (const { region, size, pixels } of vectors.resizes)
  test(`${region[2]} x ${region[3]} pixels become ${size[0]} x ${size[1]} as on the server`, () => {
    const scaled = resize(picture(), regionOf(region), { width: size[0], height: size[1] });
    assert.deepEqual([scaled.width, scaled.height, scaled.channels], [...size, 3]);
    const { largest, share } = differences(scaled.data, pixels);
    assert.ok(largest <= 1, `${largest} levels of difference`);
    assert.ok(share <= 0.05, `${share} of the bytes differ`);
  });
