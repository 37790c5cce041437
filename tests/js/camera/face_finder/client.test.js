import assert from "node:assert/strict";
import { test } from "node:test";
import { createFaceFinder } from "../../../../static/js/camera/face_finder/client.js";

/** A worker that a test answers for. */
function fakeWorker() {
  const handlers = {};
  const sent = [];
  return {
    sent,
    postMessage: (message, transfer) => void sent.push({ ...message, transfer }),
    addEventListener: (event, act) => void (handlers[event] = act),
    answer: (data) => handlers.message({ data }),
    fail: () => handlers.error({}),
  };
}

test("the worker is opened by the first question, and asked once whether it is ready", async () => {
  const worker = fakeWorker();
  let opened = 0;
  const finder = createFaceFinder(() => ((opened += 1), worker));
  assert.equal(opened, 0);
  const both = Promise.all([finder.prepare(), finder.prepare()]);
  worker.answer({ id: 1 });
  await both;
  assert.deepEqual([opened, worker.sent.length], [1, 1]);
});

test("an image is handed over, and its faces come back to the one who asked", async () => {
  const worker = fakeWorker();
  const finder = createFaceFinder(() => worker);
  const [first, second] = ["a", "b"].map((bitmap) =>
    finder.find(bitmap, { width: 4, height: 3 }, { now: 1 }),
  );
  worker.answer({ id: 2, found: "faces of b" });
  worker.answer({ id: 1, found: "faces of a" });
  assert.deepEqual(await Promise.all([first, second]), ["faces of a", "faces of b"]);
  assert.deepEqual(worker.sent[0].transfer, ["a"]);
});

test("a problem in the worker rejects its question, a worker that cannot run rejects them all", async () => {
  const worker = fakeWorker();
  const finder = createFaceFinder(() => worker);
  const one = finder.find("a", {}, {});
  worker.answer({ id: 1, problem: "broken" });
  await assert.rejects(one, /broken/);
  const others = [finder.prepare(), finder.find("b", {}, {})];
  worker.fail();
  for (const other of others) await assert.rejects(other, /worker: broken/);
});
