import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCells, hasMoved } from "../../../../static/js/camera/face_finder/change.js";
import { picture, vectors } from "./vectors.js";

test("the cells of a frame are as bright as on the server", () => {
  const cells = frameCells(picture());
  assert.equal(cells.length, vectors.cells.length);
  cells.forEach((level, cell) => assert.ok(Math.abs(level - vectors.cells[cell]) < 0.01));
});

test("the same cells as on the server tell of a newcomer, whatever the exposure does", () => {
  const size = { width: 640, height: 480 };
  const before = new Float64Array(48).fill(100);
  for (const { boxes, cell, change, moved } of vectors.moves) {
    const now = new Float64Array(48).fill(103);
    now[cell] += change;
    const known = boxes.map(([x, y, w, h]) => ({ x, y, w, h }));
    assert.equal(hasMoved(before, now, known, size), moved, `${cell} by ${change} beside ${boxes}`);
  }
  assert.equal(new Set(vectors.moves.map(({ moved }) => moved)).size, 2);
});
