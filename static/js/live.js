/** The live page: joins camera, server and view. */

import { listCameras, openCamera } from "./camera.js";
import { createCapture } from "./capture.js";
import { connect } from "./connection.js";
import { createFrameLoop, retryDelayMs } from "./frame_loop.js";
import { createStats } from "./stats.js";
import { createView } from "./view.js";

const view = createView(document);
const stats = createStats();

/** @type {import("./words.js").Facts} */
const facts = { phase: "idle", cameraProblem: null, connected: false, hidden: document.hidden, serverProblem: null, reply: null };
let camera = null;
let connection = null;
let failures = 0;

const loop = createFrameLoop({
  capture: createCapture(view.video),
  send: (frame) => connection.send(frame),
  onReply,
  onError,
});

function onReply(reply) {
  failures = 0;
  facts.serverProblem = null;
  facts.reply = reply;
  stats.add({ at: performance.now(), roundTrip: reply.roundTripMs });
  update();
}

async function onError(error) {
  failures += 1;
  const passing = ["too_fast", "disconnected", undefined];
  if (!passing.includes(error.code)) facts.serverProblem = { code: error.code, message: error.message };
  if (error.code === "disconnected") facts.reply = null;
  update();
  await new Promise((resolve) => setTimeout(resolve, retryDelayMs(error, failures)));
}

async function start(deviceId) {
  stop();
  Object.assign(facts, { phase: "starting", cameraProblem: null, reply: null, serverProblem: null });
  update();
  try {
    camera = await openCamera(view.video, { deviceId, onGone: () => fail("unplugged") });
  } catch (error) {
    fail(error.code ?? "failed");
    return;
  }
  facts.phase = "running";
  view.setMirror(camera.facing !== "environment" && view.wantsMirror());
  view.setCameras(await listCameras(), camera.deviceId);
  connection ??= connect({ onConnected });
  resume();
}

function stop() {
  loop.stop();
  camera?.stop();
  camera = null;
  stats.clear();
  Object.assign(facts, { phase: "idle", cameraProblem: null, reply: null, serverProblem: null });
}

function fail(code) {
  stop();
  facts.cameraProblem = code;
  update();
}

function stopByHand() {
  stop();
  connection?.close();
  connection = null;
  facts.connected = false;
  update();
  view.focusStart();
}

function onConnected(connected) {
  facts.connected = connected;
  facts.serverProblem = null;
  if (!connected) facts.reply = null;
  stats.clear();
  failures = 0;
  update();
}

function resume() {
  facts.hidden = document.hidden;
  if (facts.phase === "running" && !facts.hidden) loop.start();
  else loop.stop();
  if (facts.hidden) {
    facts.reply = null;
    stats.clear();
  }
  update();
}

function update() {
  view.update(facts, stats.read(performance.now()));
}

view.onStart(() => void start());
view.onStop(stopByHand);
view.onCamera((deviceId) => void start(deviceId));
view.onMirror(update);
document.addEventListener("visibilitychange", resume);
window.addEventListener("resize", update);
window.addEventListener("pagehide", stop);
update();
