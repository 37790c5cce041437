import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeats, focusFirst } from "../../../static/js/camera/face_slots.js";

const faces = (...ids) => ids.map((id) => ({ id }));
const seatsOf = (map) => Object.fromEntries(map);

test("a face keeps its seat whatever the order, and a new one takes the lowest free seat", () => {
  const seats = createSeats();
  assert.deepEqual(seatsOf(seats.seat(faces(4, 9))), { 4: 0, 9: 1 });
  assert.deepEqual(seatsOf(seats.seat(faces(9, 4))), { 4: 0, 9: 1 });
  assert.deepEqual(seatsOf(seats.seat(faces(12, 9))), { 9: 1, 12: 0 });
  assert.deepEqual(seatsOf(seats.seat(faces(12, 13, 9))), { 9: 1, 12: 0, 13: 2 });
});

test("everybody sits anew after a clear", () => {
  const seats = createSeats();
  seats.seat(faces(4, 9));
  seats.clear();
  assert.deepEqual(seatsOf(seats.seat(faces(9))), { 9: 0 });
});

test("the face that the server reads comes first, the others stay in order", () => {
  const ids = (focus) => focusFirst(faces(3, 1, 2), focus).map(({ id }) => id);
  assert.deepEqual(ids(2), [2, 3, 1]);
  assert.deepEqual(ids(3), [3, 1, 2]);
  assert.deepEqual(ids(undefined), [3, 1, 2], "a server that names none");
});
