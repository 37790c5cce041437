import assert from "node:assert/strict";
import { test } from "node:test";
import { createFaceSlots, focusFirst } from "../../../static/js/camera/face_slots.js";

const faces = (...ids) => ids.map((id) => ({ id }));
const slotsOf = (map) => Object.fromEntries(map);

test("a face keeps its slot whatever the order, and a new one takes the lowest free slot", () => {
  const slots = createFaceSlots();
  assert.deepEqual(slotsOf(slots.assign(faces(4, 9))), { 4: 0, 9: 1 });
  assert.deepEqual(slotsOf(slots.assign(faces(9, 4))), { 4: 0, 9: 1 });
  assert.deepEqual(slotsOf(slots.assign(faces(12, 9))), { 9: 1, 12: 0 });
  assert.deepEqual(slotsOf(slots.assign(faces(12, 13, 9))), { 9: 1, 12: 0, 13: 2 });
});

test("every face gets a new slot after a clear", () => {
  const slots = createFaceSlots();
  slots.assign(faces(4, 9));
  slots.clear();
  assert.deepEqual(slotsOf(slots.assign(faces(9))), { 9: 0 });
});

test("the primary face comes first, the others stay in order", () => {
  const ids = (focus) => focusFirst(faces(3, 1, 2), focus).map(({ id }) => id);
  assert.deepEqual(ids(2), [2, 3, 1]);
  assert.deepEqual(ids(3), [3, 1, 2]);
  assert.deepEqual(ids(undefined), [3, 1, 2], "a server that names none");
});
