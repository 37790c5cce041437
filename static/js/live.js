/** The live page: joins camera, server and view. */

import { createCameraSlot, listCameras, openCamera } from "./camera/camera.js";
import { createCapture } from "./camera/capture.js";
import { differsFromServer, DEFAULTS, forServer, recall, remember } from "./live/visitor_settings.js";
import { connect } from "./camera/connection.js";
import { createDrawer } from "./live/settings_drawer.js";
import { createFrameLoop, problemAfter, retryDelayMs } from "./camera/frame_loop.js";
import { gettext } from "./shared/i18n.js";
import { meaningOf } from "./shared/problems.js";
import { fileName, saveFile } from "./shared/save.js";
import { createSeats, focusFirst } from "./camera/face_slots.js";
import { createSession } from "./live/session.js";
import { takeSnapshot } from "./live/snapshot.js";
import { createStats } from "./live/stats.js";
import { createToasts } from "./shared/toasts.js";
import { createView } from "./live/view.js";
import { createWhy } from "./live/explanation_dialog.js";

const TELL_MS = 200; // a slider tells the server when it rests, not at every step

const at = (id) => document.getElementById(id);
const view = createView(document);
const toasts = createToasts(at("toasts"));
const session = createSession(at("session"), { toasts });
const drawer = createDrawer(at("settings-dialog"), {
  opener: at("settings"),
  onChange: choose,
  onReset: reset,
});
const why = createWhy(at("why-dialog"), { opener: at("why"), freeze });
const stats = createStats();
const seats = createSeats();
const slot = createCameraSlot((options) => openCamera(view.video, options));

/** @type {import("./shared/words.js").Facts} */
const facts = {
  phase: "idle",
  cameraProblem: null,
  muted: false,
  link: "connecting",
  hidden: document.hidden,
  problem: null,
  reply: null,
};
const storage = ownStorage();
let choices = recall(storage);
let telling;
let channel = null;
let failures = 0;
let facesAway = false; // a camera at the back of a phone is not a mirror

const capture = createCapture(view.video, () => choices.resolution);
const loop = createFrameLoop({
  capture,
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
  session.add(now, faces[0]);
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

async function start() {
  become(facts.phase === "running" || facts.phase === "switching" ? "switching" : "starting");
  let camera;
  try {
    const { camera: deviceId, resolution: longestSide } = choices;
    camera = await slot.take({ deviceId, longestSide, onGone: () => fail("unplugged"), onMuted });
  } catch (error) {
    fail(error.code ?? "failed");
    return;
  }
  if (camera) run(camera); // otherwise a later start or stop has overtaken this one
}

function run(camera) {
  facesAway = camera.facing === "environment";
  if (!channel) {
    facts.link = "connecting";
    channel = connect({ onLink });
  }
  become("running");
  void showCameras(camera.deviceId);
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
  if (phase === "idle") for (const dialog of [drawer, why]) dialog.close();
  goOnOrPause();
}

function onLink(link) {
  facts.link = link;
  facts.problem = null;
  failures = 0;
  if (link === "up" && differsFromServer(choices)) tell();
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

async function showCameras(current = choices.camera) {
  drawer.setCameras(await listCameras(), current);
}

/** Takes over what was changed in the settings, and lets whoever it concerns know. */
function choose(changed) {
  const before = choices;
  choices = { ...choices, ...changed };
  remember(storage, choices);
  const camera = choices.camera !== before.camera || choices.resolution !== before.resolution;
  if (camera && facts.phase !== "idle") void start();
  const server = Object.keys(forServer(choices)).some((name) => choices[name] !== before[name]);
  if (server) {
    clearTimeout(telling);
    telling = setTimeout(tell, TELL_MS);
  }
  update();
}

function reset() {
  const before = choices;
  choose(DEFAULTS);
  drawer.show(choices);
  toasts.show({
    text: gettext("Settings are back to the beginning."),
    undo: () => (choose(before), drawer.show(choices)),
  });
}

function tell() {
  channel?.choose(forServer(choices)).catch((error) => {
    if (error.code === "bad_settings") toasts.show({ text: meaningOf(error) }); // others: told again on connecting
  });
}

const isMirrored = () => choices.mirror && !facesAway;

/** A picture of this moment, the face that is read, and where it is in it. */
async function freeze() {
  const face = facts.reply?.faces[0];
  if (!face) return null;
  const { jpeg } = await capture();
  return { picture: new Blob([jpeg], { type: "image/jpeg" }), face, mirrored: isMirrored() };
}

async function snapshot() {
  const picture = await takeSnapshot(view.video, { faces: facts.reply?.faces ?? [], mirrored: isMirrored() });
  if (picture) saveFile(fileName("png", new Date()), picture);
}

function ownStorage() {
  try {
    return window.localStorage;
  } catch {
    return null; // forbidden
  }
}

function update() {
  const now = performance.now();
  view.update(facts, stats.read(now), { now, mirrored: isMirrored() });
}

view.onStart(() => void start());
view.onStop(stop);
at("snapshot").addEventListener("click", () => void snapshot());
drawer.show(choices);
view.onResize(update);
document.addEventListener("visibilitychange", goOnOrPause);
window.addEventListener("pagehide", stop);
navigator.mediaDevices?.addEventListener("devicechange", () => void showCameras());
update();
