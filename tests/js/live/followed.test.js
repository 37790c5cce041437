import assert from "node:assert/strict";
import { test } from "node:test";
import { createFollowed, faceAt } from "../../../static/js/live/followed.js";

const faces = (...ids) => ids.map((id) => ({ id }));

test("the face that is followed stays, whichever is the largest", () => {
  const followed = createFollowed();
  assert.deepEqual(
    [followed.next(faces(1, 2), 1, 0), followed.next(faces(2, 1), 2, 100), followed.next(faces(2), 2, 200)],
    [1, 1, 2],
  );
  assert.equal(followed.next(faces(2, 1), 1, 300), 2);
});

test("a face that was chosen is waited for as long as the server knows it", () => {
  const followed = createFollowed();
  followed.choose(2, 0);
  assert.equal(followed.next(faces(1, 2), 1, 10), 2);
  assert.equal(followed.next(faces(1), 1, 1000), 1);
  assert.equal(followed.next(faces(1, 2), 1, 2000), 2);
  assert.equal(followed.next(faces(1), 1, 3000), 1);
  assert.equal(followed.next(faces(1), 1, 5100), 1);
  assert.equal(followed.next(faces(1, 2), 1, 5200), 1);
});

test("nobody is followed where nobody is, and after a clear the server's face is", () => {
  const followed = createFollowed();
  assert.equal(followed.next([], null, 0), null);
  followed.choose(2, 0);
  followed.clear();
  assert.equal(followed.next(faces(1, 2), 1, 10), 1);
});

test("a tap means the face whose box holds it, the smaller of two", () => {
  const two = [
    { id: 1, box: [0, 0, 0.8, 0.8] },
    { id: 2, box: [0.5, 0.5, 0.2, 0.2] },
  ];
  assert.equal(faceAt(two, { x: 0.6, y: 0.6 })?.id, 2);
  assert.equal(faceAt(two, { x: 0.1, y: 0.6 })?.id, 1);
  assert.equal(faceAt(two, { x: 0.9, y: 0.9 }), undefined);
});
