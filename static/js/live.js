/** The live page: joins camera, server and view. */

import { listCameras } from "./camera/camera.js";
import { connect } from "./camera/connection.js";
import { createCaptureByChoice, showWhatIsSent } from "./camera/face_finder/choice.js";
import { focusFirst } from "./camera/face_slots.js";
import { browserPlatform, LiveFeed } from "./camera/live_feed.js";
import { createStats } from "./camera/pace.js";
import { openSample } from "./camera/sample.js";
import { faceAt, createFollowed } from "./live/followed.js";
import { afterFirstPaint, createWaysIn, isKiosk, SAMPLE_VIDEO } from "./live/idle/ways_in.js";
import { LivePicture } from "./live/picture.js";
import { createRestingPanel } from "./live/resting_panel.js";
import { createDrawer } from "./live/settings_drawer.js";
import { createView } from "./live/view.js";
import {
  DEFAULTS,
  differsFromServer,
  forServer,
  isNewForServer,
  recall,
  remember,
} from "./live/visitor_settings.js";
import { byId } from "./shared/dom.js";
import { gettext } from "./shared/i18n.js";
import { restingStores } from "./shared/resting_face.js";
import { browserStorage } from "./shared/storage.js";
import { createToasts } from "./shared/toasts.js";

const SETTINGS_DELAY_MS = 200; // a slider is sent once it rests, not at every step

const view = createView();
const toasts = createToasts(byId("toasts"));
const drawer = createDrawer(byId("settings-dialog", HTMLDialogElement), {
  opener: byId("settings"),
  onChange: choose,
  onReset: reset,
});
/** @type {ReturnType<typeof import("./live/explanation_dialog.js").createExplanationDialog> | undefined} */
let explanation;
/** @type {import("./live/recorder.js").Recorder | undefined} */
let recorder;
/** @type {ReturnType<typeof import("./live/details.js").createDetails> | undefined} */
let details;
let isLoading = false;
const stats = createStats();
const storage = browserStorage();
let choices = recall(storage);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let sending;

/** Whether only faces leave this browser: the visitor's choice, or the operator's. */
const onlyFaces = () => choices.only_faces ?? byId("live").dataset.send === "faces";

/** @type {"camera" | "sample"} */
let source = "camera";
const waysIn = createWaysIn({ onSample: () => void start("sample"), onCamera: () => void start() });
const followed = createFollowed();
const resting = isKiosk() ? null : createResting();
const picture = new LivePicture(view.video, {
  canvas: byId("picture", HTMLCanvasElement),
  overlay: byId("overlay", HTMLCanvasElement),
  isLive: () => choices.live_picture,
  isMirrored,
  order: (faces) => inOrder(faces),
  onDrawn: (shown) => recorder?.draw(shown),
});
const platform = browserPlatform(view.video, () => choices.resolution);
const byChoice = createCaptureByChoice(view.video, platform.capture, {
  onlyFaces,
  longestSide: () => choices.resolution,
  detectSide: () => choices.detect_side,
  numShown: () => feed.facts.reply?.faces.length ?? 0,
});
const feed = new LiveFeed(
  {
    camera: () => ({ source, deviceId: choices.camera, longestSide: choices.resolution }),
    loadConnect: () => connect,
    onChange,
    onReply,
    onConnected: () => differsFromServer(choices) && sendSettings(),
    onHello,
    follow: (faces, focus) => followed.next(faces, focus, performance.now()),
  },
  {
    ...platform,
    openCamera: (wish) =>
      wish.source === "sample" ? openSample(view.video, SAMPLE_VIDEO) : platform.openCamera(wish),
    capture,
  },
);
let sentAt = 0;
let isDrawing = false;

let model = "";

/** @param {import("./camera/channel.js").Hello} hello */
function onHello(hello) {
  byChoice.takeHello(hello);
  resting?.takeHello(hello);
  if (model && model !== hello.model.name)
    toasts.show({
      text: gettext("The server reads with another model now, so percentages may differ from before."),
    });
  model = hello.model.name;
}

/** A kiosk has none: the next visitor has another face. */
function createResting() {
  return createRestingPanel(byId("resting"), {
    stores: restingStores(),
    toasts,
    strength: () => choices.strength,
    isSlow: () => choices.slow_resting_face,
    isOwn: () => source === "camera",
    send: sendSettings,
  });
}

/**
 * Captures what is sent next; its picture stays here until the answer has come.
 *
 * @param {number} maxSide
 */
async function capture(maxSide) {
  const frame = await byChoice.capture(maxSide);
  sentAt = frame.capturedAt;
  picture.mark(sentAt);
  return frame;
}

/** @type {ReturnType<typeof import("./live/kiosk/kiosk.js").createKiosk> | undefined} */
let kiosk;

/** @param {import("./camera/live_feed.js").FeedReply} reply */
function onReply(reply) {
  const now = performance.now();
  kiosk?.reply(now, reply.faces[0]);
  stats.add({ at: now, roundTrip: reply.roundTripMs });
  picture.add(now, { at: sentAt, faces: reply.faces });
  details?.add(now, reply.faces);
  resting?.add(now, reply.faces[0]);
  if (!details && !isLoading && reply.faces.length) void loadDetails();
}

async function loadDetails() {
  isLoading = true;
  try {
    const { createDetails } = await import("./live/details.js");
    details = createDetails({ toasts });
  } catch (error) {
    console.warn(error); // a later reading tries again
  }
  isLoading = false;
}

/** @param {import("./camera/live_feed.js").FeedFacts} facts */
function onChange(facts) {
  if (!facts.reply) {
    stats.clear();
    picture.forget();
  }
  const isOn = facts.phase === "running" || facts.phase === "switching";
  if (isOn !== isDrawing) {
    isDrawing = isOn;
    if (isOn) picture.start();
    else {
      recorder?.end();
      picture.stop();
    }
  }
  picture.hold(facts.held);
  kiosk?.change(facts);
  if (facts.phase === "idle") {
    followed.clear();
    details?.rest(performance.now());
    resting?.rest();
    for (const dialog of [drawer, explanation]) dialog?.close();
  }
  update();
}

/**
 * @template {{id: number}} F
 * @param {F[]} faces
 * @returns {F[]} The same faces, the followed one first.
 */
function inOrder(faces) {
  return focusFirst(faces, feed.facts.reply?.faces[0]?.id);
}

/** @param {number} id Id of the face to follow from now on. */
function follow(id) {
  followed.choose(id, performance.now());
  feed.refocus();
  picture.redraw();
}

/** @param {MouseEvent} event Click on the picture. */
function followAt({ clientX, clientY }) {
  const box = view.video.getBoundingClientRect();
  const x = (clientX - box.left) / box.width;
  const point = { x: isMirrored() ? 1 - x : x, y: (clientY - box.top) / box.height };
  const face = faceAt(picture.shown()?.faces ?? [], point);
  if (face) follow(face.id);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { key, target } = event;
  if (!choices.shortcuts || feed.facts.phase !== "running" || event.ctrlKey || event.metaKey || event.altKey)
    return;
  if (target instanceof Element && target.closest("input,select,textarea,dialog")) return;
  const face = feed.facts.reply?.faces.find(({ slot }) => String(slot + 1) === key);
  if (face) follow(face.id);
  else if (key.toLowerCase() === "p") togglePause();
  else if (key.toLowerCase() === "f") toggleFullScreen();
  else if (key.toLowerCase() === "m") recorder?.mark();
}

function togglePause() {
  feed.hold(!feed.facts.held);
}

function toggleFullScreen() {
  const stage = byId("stage");
  const change = document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen?.();
  change?.catch((error) => console.warn(error));
}

/** @param {"camera" | "sample"} [from] */
async function start(from = "camera") {
  if (from !== source) details?.reset(); // the faces of the sample are not the visitor's
  source = from;
  resting?.sync();
  const camera = await feed.start();
  if (camera && source === "camera") await showCameras(camera.deviceId);
}

/** @param {string | null} [current] Id of the camera in use. */
async function showCameras(current = choices.camera) {
  drawer.setCameras(await listCameras(), current);
}

/**
 * Applies a change of the settings to the camera, the server and the page.
 *
 * @param {Partial<import("./live/visitor_settings.js").Choices>} changed
 */
function choose(changed) {
  const before = choices;
  choices = { ...choices, ...changed };
  remember(storage, choices);
  const isOtherCamera = choices.camera !== before.camera || choices.resolution !== before.resolution;
  if (isOtherCamera && feed.facts.phase !== "idle") void start(source);
  picture.redraw();
  if (isNewForServer(before, choices)) {
    clearTimeout(sending);
    sending = setTimeout(sendSettings, SETTINGS_DELAY_MS);
  }
  update();
}

function reset() {
  const before = choices;
  choose(DEFAULTS);
  drawer.show(choices);
  toasts.show({
    text: gettext("Settings reset."),
    undo: () => (choose(before), drawer.show(choices)),
  });
}

function sendSettings() {
  const baseline = resting?.baseline();
  feed.sendSettings({ ...forServer(choices), ...baseline }).catch(async (error) => {
    if (error.code !== "bad_settings") return; // others: sent again on connecting
    const loading = import("./shared/problems.js"); // rare, so not part of the page's weight
    const text = await loading.then(
      ({ meaningOf }) => meaningOf(error),
      () => error.message,
    );
    toasts.show({ text });
  });
}

/** A camera at the back of a phone is not a mirror, and neither is a video. */
function isMirrored() {
  return choices.mirror && !["environment", "sample"].includes(feed.facts.facing ?? "");
}

/** Asks why; the dialog is loaded at the first question. */
async function explain() {
  try {
    const { createExplanationDialog } = await import("./live/explanation_dialog.js");
    explanation ??= createExplanationDialog(byId("why-dialog", HTMLDialogElement), {
      freeze,
      strength: () => (document.getElementById("strength") ? String(choices.strength ?? "") : ""),
      mustAsk: onlyFaces,
    });
  } catch {
    return toasts.show({ text: gettext("Can't reach the server. Try again in a moment.") });
  }
  await explanation.open();
}

/** Takes an image of this moment, and the primary face with its box in it. */
async function freeze() {
  const face = feed.facts.reply?.faces[0];
  if (!face) return null;
  const { jpeg } = await platform.capture(feed.facts.pace.maxSide);
  return { image: new Blob([jpeg], { type: "image/jpeg" }), face, mirrored: isMirrored() };
}

/** Shows a card of this moment; what makes it is loaded at the first one. */
async function takeSnapshot() {
  const shown = picture.shown();
  if (!shown) return;
  const moment = { ...shown, mirrored: isMirrored(), samples: details?.samples() ?? [] };
  try {
    const { showSnapshot } = await import("./live/snapshot_dialog.js");
    await showSnapshot(byId("snapshot-dialog", HTMLDialogElement), moment);
  } catch (error) {
    console.warn(error);
    toasts.show({ text: gettext("Can't reach the server. Try again in a moment.") });
  }
}

/** Begins or ends a recording; what makes it is loaded at the first one. */
async function record() {
  try {
    const { Recorder } = await import("./live/recorder.js");
    recorder ??= new Recorder({ shown: () => picture.shown(), isMirrored, toasts });
  } catch {
    return toasts.show({ text: gettext("Can't reach the server. Try again in a moment.") });
  }
  recorder.toggle();
}

function update() {
  const now = performance.now();
  view.update(feed.facts, stats.read(now), { now, mirrored: isMirrored() });
  showWhatIsSent(onlyFaces());
  waysIn.update(feed.facts);
}

view.onStart(() => void start());
view.onStop(() => feed.stop());
byId("why").addEventListener("click", () => void explain());
byId("snapshot").addEventListener("click", () => void takeSnapshot());
byId("record").hidden = !("MediaRecorder" in window);
byId("record").addEventListener("click", () => void record());
byId("overlay").addEventListener("click", followAt);
byId("full-screen").hidden = !document.fullscreenEnabled;
byId("full-screen").addEventListener("click", toggleFullScreen);
document.addEventListener("keydown", onKey);
view.onPause(togglePause);
view.onFollow(follow);
drawer.show(choices);
view.onResize(() => (picture.redraw(), update()));
window.addEventListener("pagehide", () => feed.stop());
navigator.mediaDevices?.addEventListener("devicechange", () => void showCameras());
update();
if (isKiosk()) {
  const { createKiosk } = await import("./live/kiosk/kiosk.js");
  kiosk = createKiosk({
    video: view.video,
    stop: () => feed.stop(),
    forget: () => details?.reset(),
    mirrored: isMirrored,
  });
}
afterFirstPaint(async () => {
  const { showPreview } = await import("./live/idle/preview.js");
  await showPreview(byId("preview"));
});
