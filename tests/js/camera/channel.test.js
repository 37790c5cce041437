import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel } from "../../../static/js/camera/channel.js";

/** A socket whose server answers with `answer`, which may never settle: then its own limit strikes. */
function fakeSocket(answer) {
  const handlers = {};
  const sent = [];
  return {
    connected: true,
    handlers,
    sent,
    connects: 0,
    on: (event, act) => void (handlers[event] = act),
    off: (event) => delete handlers[event],
    connect() {
      this.connects += 1;
    },
    close() {
      this.connected = false;
    },
    timeout: (ms) => ({
      emitWithAck: (...message) => {
        sent.push(message);
        const late = new Promise((_, reject) =>
          setTimeout(() => reject(new Error("operation has timed out")), ms),
        );
        return Promise.race([answer(), late]);
      },
    }),
  };
}

function open(answer) {
  const socket = fakeSocket(answer);
  const links = [];
  const channel = createChannel(socket, { onLink: (link) => links.push(link), now: () => 130, limitMs: 20 });
  return { socket, links, channel };
}

const frame = { jpeg: new ArrayBuffer(3), capturedAt: 100 };

test("a frame carries its number and time; its answer the round trip", async () => {
  const { socket, channel } = open(async () => ({ ok: true, faces: [] }));
  await channel.send(frame);
  assert.deepEqual(await channel.send(frame), { ok: true, faces: [], roundTripMs: 30 });
  assert.deepEqual(
    socket.sent.map(([event, meta]) => [event, meta]),
    [
      ["frame", { seq: 0, t_ms: 100 }],
      ["frame", { seq: 1, t_ms: 100 }],
    ],
  );
  assert.equal(socket.sent[0][2], frame.jpeg);
});

test("an acknowledgement that never comes ends as a timeout", { timeout: 2000 }, async () => {
  const { channel } = open(() => new Promise(() => {}));
  await assert.rejects(channel.send(frame), { code: "timeout" });
});

test("a frame on its way when the connection goes is lost, not late", async () => {
  const { socket, channel } = open(async () => {
    socket.connected = false;
    throw new Error("socket has been disconnected");
  });
  await assert.rejects(channel.send(frame), { code: "disconnected" });
  await assert.rejects(channel.send(frame), { code: "disconnected" });
  assert.equal(socket.sent.length, 1);
});

test("a refusal brings the server's code, words and wait", async () => {
  const error = { code: "server_busy", message: "Busy.", retry_after_ms: 200 };
  const { channel } = open(async () => ({ ok: false, seq: 0, error }));
  await assert.rejects(channel.send(frame), { code: "server_busy", message: "Busy.", retryAfterMs: 200 });
});

test("settings are sent while there is a connection, and a refusal is reported", async () => {
  const { socket, channel } = open(async () => ({ ok: true, settings: {} }));
  await channel.choose({ smoothing_s: 1 });
  assert.deepEqual(socket.sent, [["settings", { smoothing_s: 1 }]]);
  socket.connected = false;
  await channel.choose({ smoothing_s: 2 });
  assert.equal(socket.sent.length, 1);
  const refused = open(async () => ({ ok: false, error: { code: "bad_settings", message: "No." } }));
  await assert.rejects(refused.channel.choose({}), { code: "bad_settings", message: "No." });
});

test("the link is reported; a server that says goodbye is called again", () => {
  const { socket, links } = open();
  socket.handlers.connect_error(new Error("refused"));
  socket.handlers.connect();
  socket.handlers.disconnect("transport close");
  assert.equal(socket.connects, 0);
  socket.handlers.disconnect("io server disconnect");
  assert.equal(socket.connects, 1);
  assert.deepEqual(links, ["down", "up", "down", "down"]);
});

test("a closed channel is silent", () => {
  const { socket, channel } = open();
  channel.close();
  assert.deepEqual([socket.connected, Object.keys(socket.handlers)], [false, []]);
});

test("faces are sent with their boxes, and their hints stand in for the server's", async () => {
  const { socket, channel } = open(async () => ({ ok: true, faces: [], hints: [] }));
  const found = { boxes: [[0, 0, 0.5, 0.5]], crops: new Uint8Array(4), hints: ["too_dark"] };
  const reply = await channel.send({ faces: found, capturedAt: 100 });
  assert.deepEqual(socket.sent, [["faces", { seq: 0, t_ms: 100, boxes: found.boxes }, found.crops]]);
  assert.deepEqual(reply.hints, ["too_dark"]);
});

test("the server's rules are told at each connection", () => {
  const said = [];
  const socket = fakeSocket(async () => ({}));
  createChannel(socket, { onLink: () => {}, onHello: (hello) => said.push(hello), now: () => 0 });
  socket.handlers.hello({ send: "faces" });
  assert.deepEqual(said, [{ send: "faces" }]);
});
