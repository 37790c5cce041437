import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createFrameLoop,
  nextInMs,
  problemAfter,
  retryDelayMs,
} from "../../../static/js/camera/frame_loop.js";

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A loop whose server answers when the test says so. */
function setUp() {
  const sent = [];
  const replies = [];
  const errors = [];
  const waits = [];
  let captured = 0;
  const loop = createFrameLoop({
    capture: async () => ++captured,
    send: (frame) => new Promise((resolve, reject) => sent.push({ frame, resolve, reject })),
    onReply: (reply) => replies.push(reply),
    onError: async (error) => void errors.push(error.message),
    wait: (ms) => new Promise((resolve) => waits.push({ ms, resolve })),
  });
  return { loop, sent, replies, errors, waits, captured: () => captured };
}

test("the next frame waits for the last one's reply", async () => {
  const { loop, sent, replies } = setUp();
  loop.start();
  await tick();
  await tick();
  assert.equal(sent.length, 1);
  sent[0].resolve("a");
  await tick();
  assert.deepEqual(replies, ["a"]);
  assert.deepEqual(
    sent.map(({ frame }) => frame),
    [1, 2],
  );
  loop.stop();
});

test("a late reply is ignored after a stop", async () => {
  const { loop, sent, replies } = setUp();
  loop.start();
  await tick();
  loop.stop();
  sent[0].resolve("late");
  await tick();
  assert.deepEqual(replies, []);
  assert.equal(sent.length, 1);
});

test("a stop and a start leave one loop, not two", async () => {
  const { loop, sent, replies } = setUp();
  loop.start();
  await tick();
  loop.stop();
  loop.start();
  loop.start();
  await tick();
  assert.equal(sent.length, 2);
  sent[0].resolve("old");
  sent[1].resolve("new");
  await tick();
  assert.deepEqual(replies, ["new"]);
  assert.equal(sent.length, 3);
  loop.stop();
});

test("a failed frame is reported and the loop goes on", async () => {
  const { loop, sent, replies, errors } = setUp();
  loop.start();
  await tick();
  sent[0].reject(new Error("busy"));
  await tick();
  sent[1].resolve("b");
  await tick();
  assert.deepEqual([errors, replies], [["busy"], ["b"]]);
  loop.stop();
});

test("a server that asks for a wait gets no image that was taken before it was over", async () => {
  const { loop, sent, replies, waits, captured } = setUp();
  loop.start();
  await tick();
  sent[0].resolve({ next_in_ms: 500 });
  await tick();
  assert.deepEqual([replies.length, captured(), sent.length], [1, 1, 1]);
  assert.deepEqual(
    waits.map(({ ms }) => ms),
    [500],
  );
  waits[0].resolve();
  await tick();
  assert.deepEqual([captured(), sent.length], [2, 2]);
  sent[1].resolve({});
  await tick();
  assert.deepEqual([captured(), waits.length], [3, 1]);
  loop.stop();
});

test("a loop that was stopped and started again still waits, and sends once", async () => {
  const { loop, sent, waits } = setUp();
  loop.start();
  await tick();
  sent[0].resolve({ next_in_ms: 500 });
  await tick();
  loop.stop();
  loop.start();
  await tick();
  assert.equal(sent.length, 1);
  waits[0].resolve();
  await tick();
  assert.equal(sent.length, 2);
  loop.stop();
});

test("a wait that makes no sense is none, and a long one has a limit", () => {
  const waits = [0, 1, 2999, 60_000, -5, 0.5, NaN, Infinity, "500", null, undefined, {}, [7]];
  assert.deepEqual(
    waits.map((next_in_ms) => nextInMs({ next_in_ms })),
    [0, 1, 2999, 3000, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  );
});

test("the wait before a retry is the server's, or doubles up to three seconds", () => {
  assert.equal(retryDelayMs({ retryAfterMs: 250 }, 5), 250);
  assert.equal(retryDelayMs({ retryAfterMs: 0 }, 1), 20);
  assert.equal(retryDelayMs({ retryAfterMs: 60000 }, 1), 3000);
  assert.deepEqual(
    [1, 2, 3, 9].map((n) => retryDelayMs({}, n)),
    [100, 200, 400, 3000],
  );
});

test("what a failed try leaves on the page", () => {
  const late = { code: "timeout", message: "Late." };
  assert.deepEqual(problemAfter(late, 1, null), late);
  for (const code of ["too_fast", "disconnected", "server_busy"])
    assert.equal(problemAfter({ code, message: "" }, 9, late), late);
  const blank = { code: "no_picture", message: "" };
  assert.equal(problemAfter(blank, 2, null), null);
  assert.deepEqual(problemAfter(blank, 3, null), blank);
  assert.deepEqual(problemAfter(new Error("x"), 1, null), { code: "unexpected", message: "x" });
});
