/** The live page: joins camera, server and view. */

import { listCameras } from "./camera/camera.js";
import { connect } from "./camera/connection.js";
import { browserPlatform, LiveFeed } from "./camera/live_feed.js";
import { createStats } from "./live/history.js";
import { takeSnapshot } from "./live/overlay.js";
import { createSession } from "./live/session.js";
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
import { meaningOf } from "./shared/problems.js";
import { browserStorage, fileName, saveFile } from "./shared/storage.js";
import { createToasts } from "./shared/toasts.js";

const SETTINGS_DELAY_MS = 200; // a slider is sent once it rests, not at every step

const view = createView();
const toasts = createToasts(byId("toasts"));
const session = createSession(byId("session"), { toasts });
const drawer = createDrawer(byId("settings-dialog", HTMLDialogElement), {
  opener: byId("settings"),
  onChange: choose,
  onReset: reset,
});
/** @type {ReturnType<typeof import("./live/explanation_dialog.js").createExplanationDialog> | undefined} */
let explanation;
const stats = createStats();
const storage = browserStorage();
let choices = recall(storage);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let sending;

const platform = browserPlatform(view.video, () => choices.resolution);
const feed = new LiveFeed(
  {
    camera: () => ({ deviceId: choices.camera, longestSide: choices.resolution }),
    loadConnect: () => connect,
    onChange,
    onReply,
    onConnected: () => differsFromServer(choices) && sendSettings(),
  },
  platform,
);

/** @param {import("./camera/live_feed.js").FeedReply} reply */
function onReply(reply) {
  const now = performance.now();
  stats.add({ at: now, roundTrip: reply.roundTripMs });
  session.add(now, reply.faces[0]);
}

/** @param {import("./camera/live_feed.js").FeedFacts} facts */
function onChange(facts) {
  if (!facts.reply) stats.clear();
  if (facts.phase === "idle") for (const dialog of [drawer, explanation]) dialog?.close();
  update();
}

async function start() {
  const camera = await feed.start();
  if (camera) await showCameras(camera.deviceId);
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
  if (isOtherCamera && feed.facts.phase !== "idle") void start();
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
    text: gettext("Settings are back to the beginning."),
    undo: () => (choose(before), drawer.show(choices)),
  });
}

function sendSettings() {
  feed.sendSettings(forServer(choices)).catch((error) => {
    if (error.code === "bad_settings") toasts.show({ text: meaningOf(error) }); // others: sent again on connecting
  });
}

/** A camera at the back of a phone is not a mirror. */
const isMirrored = () => choices.mirror && feed.facts.facing !== "environment";

/** Asks why; the dialog is loaded at the first question. */
async function explain() {
  try {
    const { createExplanationDialog } = await import("./live/explanation_dialog.js");
    explanation ??= createExplanationDialog(byId("why-dialog", HTMLDialogElement), { freeze });
  } catch {
    return toasts.show({ text: gettext("The server cannot be reached. Try again in a moment.") });
  }
  await explanation.open();
}

/** Takes an image of this moment, and the primary face with its box in it. */
async function freeze() {
  const face = feed.facts.reply?.faces[0];
  if (!face) return null;
  const { jpeg } = await platform.capture();
  return { image: new Blob([jpeg], { type: "image/jpeg" }), face, mirrored: isMirrored() };
}

async function saveSnapshot() {
  const faces = feed.facts.reply?.faces ?? [];
  const image = await takeSnapshot(view.video, { faces, mirrored: isMirrored() });
  if (image) saveFile(fileName("png", new Date()), image);
}

function update() {
  const now = performance.now();
  view.update(feed.facts, stats.read(now), { now, mirrored: isMirrored() });
}

view.onStart(() => void start());
view.onStop(() => feed.stop());
byId("why").addEventListener("click", () => void explain());
byId("snapshot").addEventListener("click", () => void saveSnapshot());
drawer.show(choices);
view.onResize(update);
window.addEventListener("pagehide", () => feed.stop());
navigator.mediaDevices?.addEventListener("devicechange", () => void showCameras());
update();
