import assert from "node:assert/strict";
import { test } from "node:test";
import { createQueue } from "../../../static/js/photos/queue.js";

const tick = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const sendings = [];
  const changes = [];
  const waits = [];
  const send = (file, onSent) => {
    const sending = { file, onSent, aborted: false, abort: () => (sending.aborted = true) };
    sending.answer = new Promise((resolve, reject) => Object.assign(sending, { resolve, reject }));
    sendings.push(sending);
    return sending;
  };
  const wait = async (ms) => void waits.push(ms);
  const queue = createQueue({ send, wait, onChange: (id, change) => changes.push([id, change.state]) });
  return { queue, sendings, changes, waits };
}

test("two photos are on their way at once, the next follows", async () => {
  const { queue, sendings } = setUp();
  [1, 2, 3].forEach((id) => queue.add(id, `file ${id}`));
  assert.deepEqual(
    sendings.map(({ file }) => file),
    ["file 1", "file 2"],
  );
  sendings[0].resolve({});
  await tick();
  assert.deepEqual(
    sendings.map(({ file }) => file),
    ["file 1", "file 2", "file 3"],
  );
});

test("one that fails says so and lets the next in", async () => {
  const { queue, sendings, changes } = setUp();
  [1, 2, 3].forEach((id) => queue.add(id, id));
  sendings[1].reject({ code: "not_an_image", message: "no" });
  await tick();
  assert.deepEqual(changes.at(-2), [2, "failed"]);
  assert.equal(sendings.length, 3);
});

test("a busy server is asked again after the time that it names", async () => {
  const { queue, sendings, changes, waits } = setUp();
  queue.add(1, 1);
  sendings[0].reject({ code: "server_busy", message: "busy", retryAfterMs: 70 });
  await tick();
  sendings[1].resolve({ faces: [] });
  await tick();
  assert.deepEqual(waits, [70]);
  assert.deepEqual(
    changes.map(([, state]) => state),
    ["sending", "waiting", "sending", "done"],
  );
});

test("a server that stays busy is not asked for ever", async () => {
  const { queue, sendings, changes } = setUp();
  queue.add(1, 1);
  for (let tries = 0; tries < 6; tries += 1) {
    sendings[tries].reject({ code: "server_busy", message: "busy" });
    await tick();
  }
  assert.equal(sendings.length, 6);
  assert.deepEqual(changes.at(-1), [1, "failed"]);
});

test("a cancelled photo is aborted, says nothing more, and lets the next in", async () => {
  const { queue, sendings, changes } = setUp();
  [1, 2, 3, 4].forEach((id) => queue.add(id, id));
  queue.cancel(4);
  queue.cancel(1);
  assert.equal(sendings[0].aborted, true);
  sendings[0].reject({ code: "cancelled", message: "" });
  sendings[1].resolve({});
  sendings[2].resolve({});
  await tick();
  assert.deepEqual(
    sendings.map(({ file }) => file),
    [1, 2, 3],
  );
  assert.deepEqual(
    changes.filter(([id]) => id === 1),
    [[1, "sending"]],
  );
});

test("a photo that is cancelled while the server is busy is not sent again", async () => {
  const { queue, sendings } = setUp();
  queue.add(1, "file 1");
  sendings[0].reject({ code: "server_busy", message: "busy", retryAfterMs: 70 });
  queue.cancel(1);
  await tick();
  assert.equal(sendings.length, 1);

  const waiting = setUp();
  let goOn;
  const slow = createQueue({
    send: (file, onSent) => {
      const sending = {
        file,
        onSent,
        abort: () => {},
        answer: Promise.reject({ code: "server_busy", message: "" }),
      };
      waiting.sendings.push(sending);
      return sending;
    },
    wait: () => new Promise((resolve) => (goOn = resolve)),
    onChange: () => {},
  });
  slow.add(1, "file 1");
  await tick();
  slow.cancel(1); // during the wait
  goOn();
  await tick();
  assert.equal(waiting.sendings.length, 1);
});
