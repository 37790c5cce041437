import assert from "node:assert/strict";
import { test } from "node:test";
import { CameraError } from "../../../static/js/camera/camera.js";
import { FrameError } from "../../../static/js/camera/channel.js";
import { LiveFeed } from "../../../static/js/camera/live_feed.js";
import { statusOf } from "../../../static/js/shared/words.js";

const tick = () => new Promise((resolve) => setImmediate(resolve));
const replyOf = (...ids) => ({
  faces: ids.map((id) => ({ id })),
  focus: ids.at(-1) ?? null,
  roundTripMs: 30,
});

/** Something that settles when the test says so: `calls` holds its arguments, `resolve` and `reject`. */
function createPending() {
  const calls = [];
  const call = (...args) => new Promise((resolve, reject) => calls.push({ args, resolve, reject }));
  return { calls, call };
}

/** A page's feed whose camera opens, whose server answers and whose retries begin when the test says so. */
function setUp({ loadConnect } = {}) {
  const opening = createPending();
  const sent = createPending();
  const waits = createPending();
  const channels = [];
  const log = [];
  const cameras = new Set();
  const page = { hidden: false, addEventListener: (_, act) => (page.act = act) };
  const clock = { now: 0 };
  const sides = [];
  const wish = { longestSide: 640 };
  const connect = ({ onLink }) => {
    const channel = { onLink, open: true, chosen: [], send: sent.call };
    channel.close = () => (channel.open = false);
    channel.choose = async (settings) => void channel.chosen.push(settings);
    channels.push(channel);
    return channel;
  };
  const feed = new LiveFeed(
    {
      camera: () => wish,
      loadConnect: loadConnect ?? (async () => connect),
      onChange: ({ phase, link, cameraProblem }) => log.push(cameraProblem ?? `${phase} ${link}`),
      onReply: ({ faces }) => log.push(`reply ${faces.map(({ id }) => id)}`),
      onConnected: () => log.push("connected"),
    },
    {
      openCamera: opening.call,
      capture: async (maxSide) => (sides.push(maxSide), "frame"),
      page,
      wait: waits.call,
      now: () => clock.now,
    },
  );
  const camera = (name, facing = "user") => {
    cameras.add(name);
    return { deviceId: name, facing, stop: () => cameras.delete(name) };
  };
  const states = () => log.splice(0).filter((state, index, all) => state !== all[index - 1]);
  const hide = (hidden) => {
    page.hidden = hidden;
    page.act();
  };
  return { feed, opening, sent, waits, channels, connect, camera, cameras, states, hide, clock, sides, wish };
}

/** The same with a camera that runs and a connection that is up: one frame is on its way. */
async function setUpRunning() {
  const it = setUp();
  void it.feed.start();
  await tick();
  it.opening.calls[0].resolve(it.camera("front"));
  await tick();
  it.channels[0].onLink("up");
  await tick();
  it.states();
  return it;
}

test("a start asks for the camera, then connects, then sends frames", async () => {
  const { feed, opening, sent, channels, camera, states } = setUp();
  const start = feed.start();
  await tick();
  assert.deepEqual([states(), channels.length], [["starting connecting"], 0]);
  opening.calls[0].resolve(camera("front"));
  assert.equal((await start).deviceId, "front");
  assert.deepEqual([states(), channels.length, sent.calls.length], [["running connecting"], 1, 0]);
  channels[0].onLink("up");
  await tick();
  assert.deepEqual([states(), sent.calls.length], [["connected", "running up"], 1]);
  assert.deepEqual(sent.calls[0].args, ["frame"]);
});

test("a reply is reported before its change, the primary face first, each face with its slot", async () => {
  const { feed, sent, states } = await setUpRunning();
  sent.calls[0].resolve(replyOf(4, 9));
  await tick();
  assert.deepEqual(states(), ["reply 9,4", "running up"]);
  assert.deepEqual(
    feed.facts.reply.faces.map(({ id, slot }) => [id, slot]),
    [
      [9, 1],
      [4, 0],
    ],
  );
});

test("another start changes the camera and keeps the connection", async () => {
  const { feed, opening, sent, channels, camera, cameras, states } = await setUpRunning();
  const start = feed.start();
  await tick();
  assert.deepEqual([states(), [...cameras], sent.calls.length], [["switching up"], [], 1]);
  opening.calls[1].resolve(camera("back", "environment"));
  await start;
  assert.deepEqual([states(), channels.length, channels[0].open], [["running up"], 1, true]);
  assert.deepEqual([[...cameras], feed.facts.facing], [["back"], "environment"]);
});

test("a stop ends camera, connection and loop, and forgets the reply", async () => {
  const { feed, sent, channels, cameras, states } = await setUpRunning();
  sent.calls[0].resolve(replyOf(4));
  await tick();
  feed.stop();
  sent.calls[1].resolve(replyOf(4));
  await tick();
  assert.deepEqual([feed.facts.phase, feed.facts.reply], ["idle", null]);
  assert.deepEqual([[...cameras], channels[0].open, sent.calls.length], [[], false, 2]);
  assert.deepEqual(states(), ["reply 4", "running up", "idle up"]);
});

test("a stop while the connection's code is loading asks for no camera", async () => {
  const loading = createPending();
  const { feed, opening, connect, states } = setUp({ loadConnect: loading.call });
  const start = feed.start();
  feed.stop();
  loading.calls[0].resolve(connect);
  assert.equal(await start, null);
  assert.deepEqual([opening.calls.length, states()], [0, ["starting connecting", "idle connecting"]]);
});

test("a stop while the camera is opening leaves it off and connects to nobody", async () => {
  const { feed, opening, channels, camera, cameras } = setUp();
  const start = feed.start();
  await tick();
  feed.stop();
  opening.calls[0].resolve(camera("front"));
  assert.equal(await start, null);
  assert.deepEqual([[...cameras], channels.length, feed.facts.phase], [[], 0, "idle"]);
});

test("starts in quick succession leave one camera on, also where the connection's code is there", async () => {
  const { feed, opening, channels, connect, camera, cameras } = setUp({ loadConnect: () => connect });
  const starts = [feed.start(), feed.start(), feed.start()];
  assert.equal(opening.calls.length, 3);
  opening.calls.forEach(({ resolve }, index) => resolve(camera(`camera ${index}`)));
  const started = await Promise.all(starts);
  assert.deepEqual(
    started.map((one) => one?.deviceId),
    [undefined, undefined, "camera 2"],
  );
  assert.deepEqual([[...cameras], channels.length], [["camera 2"], 1]);
});

test("the failure of an overtaken start is not reported", async () => {
  const loading = createPending();
  const { feed, opening, connect, camera } = setUp({ loadConnect: loading.call });
  const starts = [feed.start(), feed.start()];
  loading.calls[0].reject(new Error("not loaded"));
  loading.calls[1].resolve(connect);
  await tick();
  opening.calls[0].resolve(camera("front"));
  await Promise.all(starts);
  assert.deepEqual([feed.facts.phase, feed.facts.cameraProblem], ["running", null]);
});

for (const [name, error, problem] of [
  ["a camera that is not allowed", new CameraError("denied"), "denied"],
  ["anything unforeseen", new Error("x"), "failed"],
]) {
  test(`${name} ends a start with a problem`, async () => {
    const { feed, opening, states } = setUp();
    const start = feed.start();
    await tick();
    opening.calls[0].reject(error);
    assert.equal(await start, null);
    assert.deepEqual([states(), feed.facts.phase], [["starting connecting", problem], "idle"]);
  });
}

test("a connection whose code cannot be loaded ends a start with a problem", async () => {
  const { feed } = setUp({ loadConnect: async () => Promise.reject(new TypeError("import")) });
  await feed.start();
  assert.deepEqual([feed.facts.phase, feed.facts.cameraProblem], ["idle", "failed"]);
});

test("an unplugged camera ends the feed; a covered one is only reported", async () => {
  const { feed, opening, channels } = await setUpRunning();
  const [{ onMuted, onGone }] = opening.calls[0].args;
  onMuted(true);
  assert.deepEqual([feed.facts.muted, feed.facts.phase], [true, "running"]);
  onGone();
  const { muted, phase, cameraProblem } = feed.facts;
  assert.deepEqual([muted, phase, cameraProblem, channels[0].open], [false, "idle", "unplugged", false]);
});

test("a hidden tab pauses the frames and forgets the reply; a visible one goes on", async () => {
  const { feed, sent, hide } = await setUpRunning();
  sent.calls[0].resolve(replyOf(4));
  await tick();
  hide(true);
  sent.calls[1].resolve(replyOf(4));
  await tick();
  assert.deepEqual([feed.facts.hidden, feed.facts.reply, sent.calls.length], [true, null, 2]);
  hide(false);
  await tick();
  assert.deepEqual([feed.facts.hidden, sent.calls.length], [false, 3]);
});

test("a lost connection pauses the frames until it is up again", async () => {
  const { feed, sent, channels, states } = await setUpRunning();
  channels[0].onLink("down");
  sent.calls[0].reject(new FrameError({ code: "disconnected", message: "" }));
  await tick();
  assert.deepEqual([states(), sent.calls.length, feed.facts.reply], [["running down"], 1, null]);
  channels[0].onLink("up");
  await tick();
  assert.deepEqual([states(), sent.calls.length], [["connected", "running up"], 2]);
});

test("a refused frame is a problem until the next good reply, and is retried after the server's wait", async () => {
  const { feed, sent, waits } = await setUpRunning();
  sent.calls[0].resolve(replyOf(4));
  await tick();
  sent.calls[1].reject(new FrameError({ code: "error", message: "Failed.", retry_after_ms: 250 }));
  await tick();
  assert.deepEqual(feed.facts.problem, { code: "error", message: "Failed." });
  assert.deepEqual([feed.facts.reply, waits.calls[0].args, sent.calls.length], [null, [250], 2]);
  waits.calls[0].resolve();
  await tick();
  sent.calls[2].resolve(replyOf(4));
  await tick();
  assert.deepEqual([feed.facts.problem, feed.facts.reply.faces.length], [null, 1]);
});

test("a busy server's refusals are no problem, and its last reading stays in view for a while", async () => {
  const { feed, sent, waits, clock, states } = await setUpRunning();
  sent.calls[0].resolve(replyOf(4));
  await tick();
  const refuse = async (at) => {
    clock.now = at;
    sent.calls.at(-1).reject(new FrameError({ code: "server_busy", message: "Busy.", retry_after_ms: 900 }));
    await tick();
    waits.calls.at(-1).resolve();
    await tick();
    return [feed.facts.problem, feed.facts.reply?.faces.length, feed.facts.pace.reason];
  };
  assert.deepEqual(await refuse(100), [null, 1, null]);
  assert.deepEqual(waits.calls[0].args, [900]);
  assert.deepEqual(await refuse(1000), [null, 1, null]);
  assert.deepEqual(await refuse(1900), [null, 1, "server_busy"]);
  assert.deepEqual(await refuse(5900), [null, 1, "server_busy"]);
  assert.deepEqual(await refuse(6800), [null, undefined, "server_busy"]);
  assert.deepEqual(states(), ["reply 4", "running up"]);
});

test("a server that asks for waits gets fewer and smaller frames, until the feed starts afresh", async () => {
  const { feed, sent, waits, clock, sides, hide } = await setUpRunning();
  for (const at of [0, 550, 1100, 1650]) {
    clock.now = at;
    sent.calls.at(-1).resolve({ ...replyOf(4), next_in_ms: 500 });
    await tick();
    assert.deepEqual(waits.calls.at(-1).args, [500]);
    waits.calls.at(-1).resolve();
    await tick();
  }
  assert.deepEqual(feed.facts.pace, { reason: "server_busy", perSecond: 2, maxSide: 480 });
  assert.deepEqual(sides, [Infinity, Infinity, Infinity, Infinity, 480]);
  hide(true);
  hide(false);
  await tick();
  assert.deepEqual([feed.facts.pace.reason, sides.at(-1)], [null, Infinity]);
  sent.calls.at(-1).resolve(replyOf(4));
  await tick();
  assert.equal(feed.facts.pace.reason, null);
});

test("a long round trip is the connection's only as far as it is not the server's", async () => {
  const { feed, sent, clock } = await setUpRunning();
  const reply = async (at, roundTripMs, total) => {
    clock.now = at;
    sent.calls.at(-1).resolve({ ...replyOf(4), roundTripMs, timing_ms: { total } });
    await tick();
    return feed.facts.pace.reason;
  };
  for (const at of [0, 1000, 2000, 3000]) assert.equal(await reply(at, 1000, 900), null);
  for (const at of [7000, 8000, 9000]) await reply(at, 1000, 20);
  assert.equal(await reply(10_000, 1000, 20), "slow_connection");
});

test("failures in a row wait longer and longer; a good reply ends the row", async () => {
  const { sent, waits } = await setUpRunning();
  const error = new FrameError({ code: "timeout", message: "" });
  for (const outcome of [error, error, replyOf(), error]) {
    const last = sent.calls.at(-1);
    if (outcome === error) last.reject(error);
    else last.resolve(outcome);
    await tick();
    if (outcome === error) waits.calls.at(-1).resolve();
    await tick();
  }
  assert.deepEqual(
    waits.calls.map(({ args }) => args[0]),
    [100, 200, 100],
  );
});

test("a connection that comes again ends the row of failures, and their problem", async () => {
  const { feed, sent, waits, channels } = await setUpRunning();
  const error = new FrameError({ code: "timeout", message: "" });
  sent.calls[0].reject(error);
  await tick();
  assert.equal(feed.facts.problem.code, "timeout");
  channels[0].onLink("down");
  assert.equal(feed.facts.problem, null);
  channels[0].onLink("up");
  await tick();
  sent.calls[1].reject(error);
  await tick();
  assert.deepEqual(
    waits.calls.map(({ args }) => args[0]),
    [100, 100],
  );
});

test("settings go to the server while there is a connection", async () => {
  const { feed, channels } = await setUpRunning();
  await feed.sendSettings({ smoothing_s: 1 });
  feed.stop();
  await feed.sendSettings({ smoothing_s: 2 });
  assert.deepEqual(channels[0].chosen, [{ smoothing_s: 1 }]);
});

test("the feed says what it shows: the sample video has a sentence of its own", async () => {
  const it = setUp();
  assert.equal(it.feed.facts.source, "camera");
  it.wish.source = "sample";
  void it.feed.start();
  await tick();
  assert.equal(it.opening.calls[0].args[0].source, "sample");
  assert.equal(statusOf(it.feed.facts).text, "Loading the sample video …");
  it.opening.calls[0].reject(new CameraError("sample_failed"));
  await tick();
  assert.match(statusOf(it.feed.facts).text, /Try it with a photo/);
});
