import assert from "node:assert/strict";
import { test } from "node:test";
import { createCalm, createSteady } from "../../static/js/calm.js";

const face = (id) => ({ id });
const ids = (faces) => faces.map(({ id }) => id);

/** Feeds `[time, ids]` pairs and returns the ids shown after the last. */
function feed(...replies) {
  const calm = createCalm();
  let shown;
  for (const [now, seen] of replies) shown = calm.update(seen.map(face), now);
  return ids(shown);
}

test("the first faces show at once", () => {
  assert.deepEqual(feed([0, [1]]), [1]);
  assert.deepEqual(feed([0, [1, 2]]), [1, 2]);
});

test("a face beside others shows once it has lasted, not for a frame or two", () => {
  assert.deepEqual(feed([0, [1]], [50, [9, 1]], [100, [9, 1]]), [1]);
  assert.deepEqual(feed([0, [1]], [50, [9, 1]], [100, [1]], [310, [9, 1]]), [1], "the wait begins anew");
  assert.deepEqual(feed([0, [1]], [50, [9, 1]], [200, [9, 1]], [300, [9, 1]]), [1, 9]);
});

test("a phantom in the first picture that goes on flickering is gone soon, and for good", () => {
  const calm = createCalm();
  const shown = [];
  for (let now = 0; now < 3000; now += 50) shown.push(calm.update((now % 250 ? [1] : [9, 1]).map(face), now).length);
  assert.equal(shown[0], 2);
  assert.ok(shown.slice(12).every((count) => count === 1), `${shown}`);
});

test("on a slow connection the second sight of a face is enough", () => {
  assert.deepEqual(feed([0, [1]], [900, [1, 2]]), [1]);
  assert.deepEqual(feed([0, [1]], [900, [1, 2]], [1800, [1, 2]]), [1, 2]);
});

test("a face that is missed for a moment stays, then goes", () => {
  assert.deepEqual(feed([0, [1]], [200, []]), [1]);
  assert.deepEqual(feed([0, [1]], [200, []], [400, []]), []);
});

test("a face that comes back under another id leaves no ghost", () => {
  assert.deepEqual(feed([0, [1]], [50, [2]]), [2]);
});

test("when everybody has gone, whoever comes shows at once", () => {
  assert.deepEqual(feed([0, [1, 2]], [400, [3]]), [3]);
});

test("two faces of one size do not take turns as the one that is read", () => {
  const calm = createCalm();
  for (let now = 0; now < 2000; now += 100) {
    const order = (now / 100) % 2 ? [face(2), face(1)] : [face(1), face(2)];
    assert.deepEqual(ids(calm.update(order, now)), [1, 2]);
  }
});

test("a face that stays the largest is read", () => {
  const replies = [0, 100, 200, 300, 400, 500, 600].map((now) => [now, [2, 1]]);
  assert.deepEqual(feed([-50, [1, 2]], ...replies.slice(0, -1)), [1, 2]);
  assert.deepEqual(feed([-50, [1, 2]], ...replies), [2, 1]);
});

test("the newest box of a face is shown, and nothing after a clear", () => {
  const calm = createCalm();
  calm.update([{ id: 1, box: "old" }], 0);
  assert.deepEqual(calm.update([{ id: 1, box: "new" }], 50), [{ id: 1, box: "new" }]);
  calm.clear();
  assert.deepEqual(calm.update([], 60), []);
});

test("a passing status waits until it has lasted; any other shows at once", () => {
  const steady = createSteady(600);
  const show = (code, now, passing = true) => steady({ code, passing }, now).code;
  assert.equal(show("reading", 0), "reading");
  assert.equal(show("no_face", 100), "reading");
  assert.equal(show("reading", 200), "reading");
  assert.equal(show("no_face", 300), "reading");
  assert.equal(show("no_face", 899), "reading");
  assert.equal(show("no_face", 900), "no_face");
  assert.equal(show("disconnected", 910, false), "disconnected");
  assert.equal(show("reading", 920), "reading");
});

test("the same status in new words shows at once", () => {
  const steady = createSteady(600);
  steady({ code: "several", text: "2 faces", passing: true }, 0);
  assert.equal(steady({ code: "several", text: "3 faces", passing: true }, 10).text, "3 faces");
});
