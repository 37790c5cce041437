import assert from "node:assert/strict";
import { test } from "node:test";
import { createCameraSlot, obstacle, problemOf } from "../../../static/js/camera/camera.js";
import { CAMERA_PROBLEMS } from "../../../static/js/shared/words.js";

/** Cameras that open, or fail to, when the test says so. */
function setUp() {
  const opening = [];
  const slot = createCameraSlot(
    ({ name }) =>
      new Promise((resolve, reject) => opening.push({ resolve: () => resolve(camera(name)), reject })),
  );
  const running = new Set();
  const camera = (name) => {
    running.add(name);
    return { name, stop: () => running.delete(name) };
  };
  return { slot, opening, running };
}

test("a second start while the first is still opening leaves one camera on", async () => {
  const { slot, opening, running } = setUp();
  const takes = [slot.take({ name: "a" }), slot.take({ name: "b" })];
  opening[1].resolve();
  opening[0].resolve();
  const [first, second] = await Promise.all(takes);
  assert.equal(first, null);
  assert.equal(second.name, "b");
  assert.deepEqual([...running], ["b"]);
});

test("a stop while a camera is opening stops it as soon as it is there", async () => {
  const { slot, opening, running } = setUp();
  const take = slot.take({ name: "a" });
  slot.release();
  opening[0].resolve();
  assert.equal(await take, null);
  assert.deepEqual([...running], []);
});

test("another camera is opened only after the last was stopped", async () => {
  const { slot, opening, running } = setUp();
  const first = slot.take({ name: "a" });
  opening[0].resolve();
  await first;
  void slot.take({ name: "b" });
  assert.deepEqual([...running], []);
});

test("a failure is reported, unless a later start overtook it", async () => {
  const { slot, opening } = setUp();
  const overtaken = slot.take({ name: "a" });
  const last = slot.take({ name: "b" });
  opening[0].reject(new Error("a"));
  opening[1].reject(new Error("b"));
  assert.equal(await overtaken, null);
  await assert.rejects(last, { message: "b" });
});

test("every way in which a camera can fail has a sentence that says what to do", () => {
  const names = [
    "NotAllowedError",
    "SecurityError",
    "NotFoundError",
    "OverconstrainedError",
    "NotReadableError",
    "AbortError",
    "Odd",
  ];
  const codes = names.map((name) => problemOf({ name }));
  assert.deepEqual(codes, ["denied", "denied", "missing", "missing", "busy", "busy", "failed"]);
  for (const code of [...codes, "insecure", "unsupported", "unplugged", "no_picture"])
    assert.match(CAMERA_PROBLEMS[code], /\. /);
});

test("a camera needs a secure page and a browser that knows cameras", () => {
  assert.equal(obstacle({ isSecureContext: false, navigator: {} }), "insecure");
  assert.equal(obstacle({ isSecureContext: true, navigator: {} }), "unsupported");
  assert.equal(obstacle({ isSecureContext: true, navigator: { mediaDevices: {} } }), null);
});
