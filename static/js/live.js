/** The live page: joins camera, server and view. */

import { createCameraSlot, listCameras, openCamera } from "./camera.js";
import { createCapture } from "./capture.js";
import { connect } from "./connection.js";
import { createFrameLoop, problemAfter, retryDelayMs } from "./frame_loop.js";
import { createSeats, focusFirst } from "./seats.js";
import { createStats } from "./stats.js";
import { createView } from "./view.js";

const view = createView(document);
const stats = createStats();
const seats = createSeats();
const slot = createCameraSlot((options) => openCamera(view.video, options));

/** @type {import("./words.js").Facts} */
const facts = {
  phase: "idle",
  cameraProblem: null,
  muted: false,
  link: "connecting",
  hidden: document.hidden,
  problem: null,
  reply: null,
};
let channel = null;
let failures = 0;
let cameraId;

const loop = createFrameLoop({
  capture: createCapture(view.video),
  send: (frame) => channel.send(frame),
  onReply,
  onError,
});

function onReply(reply) {
  const now = performance.now();
  failures = 0;
  facts.problem = null;
  const places = seats.seat(reply.faces);
  const faces = focusFirst(reply.faces, reply.focus).map((face) => ({ ...face, seat: places.get(face.id) }));
  facts.reply = { ...reply, faces };
  stats.add({ at: now, roundTrip: reply.roundTripMs });
  update();
}

async function onError(error) {
  failures += 1;
  facts.problem = problemAfter(error, failures, facts.problem);
  if (facts.problem) forgetReadings();
  if (error.code === undefined) console.error(error); // a fault of this page
  update();
  await new Promise((resolve) => setTimeout(resolve, retryDelayMs(error, failures)));
}

async function start(deviceId) {
  become(facts.phase === "running" || facts.phase === "switching" ? "switching" : "starting");
  let camera;
  try {
    camera = await slot.take({ deviceId, onGone: () => fail("unplugged"), onMuted });
  } catch (error) {
    fail(error.code ?? "failed");
    return;
  }
  if (camera) run(camera); // otherwise a later start or stop has overtaken this one
}

function run(camera) {
  cameraId = camera.deviceId;
  view.setMirror(camera.facing !== "environment" && view.wantsMirror());
  if (!channel) {
    facts.link = "connecting";
    channel = connect({ onLink });
  }
  become("running");
  void showCameras();
}

function stop() {
  slot.release();
  channel?.close();
  channel = null;
  become("idle");
}

function fail(code) {
  slot.release();
  become("idle", code);
}

/** Enters a phase, with nothing left of the last one. */
function become(phase, cameraProblem = null) {
  Object.assign(facts, { phase, cameraProblem, muted: false, problem: null });
  failures = 0;
  loop.stop();
  goOnOrPause();
}

function onLink(link) {
  facts.link = link;
  facts.problem = null;
  failures = 0;
  goOnOrPause();
}

function onMuted(muted) {
  facts.muted = muted;
  update();
}

/** The loop runs while there is a picture to take, somebody to see it, and a server to read it. */
function goOnOrPause() {
  facts.hidden = document.hidden;
  if (facts.phase === "running" && facts.link === "up" && !facts.hidden) loop.start();
  else {
    loop.stop();
    forgetReadings();
  }
  update();
}

function forgetReadings() {
  facts.reply = null;
  stats.clear();
  seats.clear();
}

async function showCameras() {
  view.setCameras(await listCameras(), cameraId);
}

function update() {
  const now = performance.now();
  view.update(facts, stats.read(now), now);
}

view.onStart(() => void start());
view.onStop(stop);
view.onCamera((deviceId) => void start(deviceId));
view.onMirror(update);
view.onResize(update);
document.addEventListener("visibilitychange", goOnOrPause);
window.addEventListener("pagehide", stop);
navigator.mediaDevices?.addEventListener("devicechange", () => void showCameras());
update();
