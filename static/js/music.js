/** The music page: joins mood, choice, player and playlists. */

import { byId } from "./shared/dom.js";
import { gettext } from "./shared/i18n.js";
import { browserStorage } from "./shared/storage.js";
import { setUpTabs } from "./shared/tabs.js";
import { createToasts } from "./shared/toasts.js";
import { createApi, createNaming } from "./music/api.js";
import { createFolderView } from "./music/folder/folder_view.js";
import { createJournal, dayOf } from "./music/journal.js";
import { createKeptView } from "./music/kept_view.js";
import { createMemory, randomName } from "./music/memory.js";
import { createMoodView } from "./music/mood/mood_view.js";
import { createMood } from "./music/mood/mood.js";
import { actionOf, createMediaKeys } from "./music/player/keys.js";
import { createNowView } from "./music/player/now_view.js";
import { createPlayerApi } from "./music/player/player_api.js";
import { Player } from "./music/player/player.js";
import { createPlayers } from "./music/player/players.js";
import { PlaylistsPanel } from "./music/playlists/playlists_panel.js";

/**
 * @typedef {import("./music/mood/plane.js").Point} Point
 * @typedef {import("./shared/words.js").Facts} Facts
 *
 * @typedef {object} Setup Facts that the page brings along.
 * @property {boolean} edits Whether music and playlists may be changed on this server.
 * @property {Record<string, string>} built_in Names of the built-in playlists, by their English ones.
 * @property {Record<string, Point>} expressions Place of each expression, by label.
 * @property {Record<string, {title: string, own_goal: boolean}>} policies
 */

const TICK_MS = 250;
const MOOD_REST_MS = 350;
const SEEK_S = 10;
const VOLUME_STEP = 0.05;
const DEFAULT_GOAL = { valence: 0.6, arousal: 0 };

/** @type {Facts} */
const CAMERA_OFF = {
  phase: "idle",
  cameraProblem: null,
  muted: false,
  link: "connecting",
  hidden: false,
  problem: null,
  reply: null,
};

/** @type {Setup} */
const setup = JSON.parse(byId("setup", HTMLScriptElement).text);
const memory = createMemory(browserStorage(), randomName);
const api = createApi(fetch.bind(globalThis), createNaming(setup.built_in));
const toasts = createToasts(byId("toasts"));
const policyTitle = (/** @type {string} */ name) => setup.policies[name]?.title ?? name;

const mood = createMood({
  policy: setup.policies[memory.get("policy")] ? memory.get("policy") : Object.keys(setup.policies)[0],
  goal: memory.get("goal"),
});
const nowView = createNowView(
  {
    toggle,
    skip,
    like: () => player.like(),
    switchNow: () => void player.switchNow(),
    seek: (seconds) => player.seek(seconds),
    volume: setVolume,
  },
  policyTitle,
);
const trackPlayers = createPlayers(nowView.embed);
const player = new Player({
  ...createPlayerApi({
    api,
    listener: memory.get("listener"),
    isMoodChosen: () => mood.state().origin !== "start",
    onChecked: () => void folder.reload(),
  }),
  makeTrackPlayer: trackPlayers.of,
  mood: () => ({ ...mood.request(), goal: goal() }),
  onChange: update,
  volume: memory.get("volume"),
});
const moodView = createMoodView(setup.expressions, {
  mood: (point, done) => choosing(() => mood.byHand(point), done),
  goal: (point, done) => choosing(() => mood.setGoal(point), done),
  policy: (name) => choosing(() => mood.setPolicy(name), true),
  start: () => void startCamera(),
  stop: () => sensing?.stop(),
  follow: () => showMood(mood.follow()),
});
const playlists = new PlaylistsPanel({
  api,
  toasts,
  edits: setup.edits,
  onLists: update,
  onPlay: (selection) => void player.playNow(selection),
});
const folder = createFolderView({
  api,
  toasts,
  edits: setup.edits,
  onFound: () => void playlists.reload(),
  onRemoved: () => player.prepare(),
});
const kept = createKeptView({ api, toasts, memory, onJournalGone: () => journal.forget() });
const journal = createJournal((note) => {
  api.post("/music/journal", { ...note, listener: memory.get("listener") }).catch(() => {});
});
const mediaKeys = createMediaKeys(
  navigator.mediaSession,
  {
    play: () => void player.start(),
    pause: () => player.pause(),
    next: skip,
    seek: (seconds) => player.seek(seconds),
    position: () => player.position(),
  },
  (about) => new MediaMetadata(about),
);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let restTimer;
/** @type {{start: () => void, stop: () => void} | null} */
let sensing = null;

/**
 * Applies a choice of the visitor: while a point is dragged, only the page follows, and the music once it rests.
 *
 * @param {() => void} act
 * @param {boolean} done
 */
function choosing(act, done) {
  act();
  updateMood();
  clearTimeout(restTimer);
  if (!done) return;
  memory.set("policy", mood.state().policy);
  memory.set("goal", mood.state().goal);
  restTimer = setTimeout(() => player.moodChanged(), MOOD_REST_MS);
}

/** @param {boolean} isNew Whether the mood that counts has changed. */
function showMood(isNew) {
  updateMood();
  if (isNew) player.moodChanged();
}

/**
 * @param {import("./music/mood/mood.js").Place} place
 * @param {string | null} label
 */
function onPlace(place, label) {
  if (kept.wanted()) journal.read(label, performance.now() / 1000, dayOf(new Date()));
  showMood(mood.byFace(place));
}

/** @returns {Point | null} Goal of the visitor; null where the policy has one of its own, or none. */
function goal() {
  const { policy, goal: chosen } = mood.state();
  return setup.policies[policy].own_goal ? (chosen ?? DEFAULT_GOAL) : null;
}

function toggle() {
  trackPlayers.unlock();
  void player.toggle();
}

function skip() {
  void player.skip().then((skipped) => {
    if (!skipped) return;
    toasts.show({
      text: gettext("Skipped “%(title)s”.", { title: skipped.track.title }),
      undo: () => void player.unskip(skipped),
    });
  });
}

/** @param {number} share 0..1 */
function setVolume(share) {
  player.setVolume(share);
  memory.set("volume", player.volume());
  nowView.setVolume(player.volume());
}

function update() {
  const state = player.state();
  nowView.update(state, player.about());
  tick();
  updateMood();
}

function updateMood() {
  const { current, upcoming, moved } = player.state();
  const { point, origin, live } = mood.state();
  const target = (moved ? upcoming : (current ?? upcoming))?.target ?? null;
  const marks = playlists.lists().flatMap(({ id, name, point: place }) => {
    return place ? [{ name, point: place, current: id === current?.playlist.id }] : [];
  });
  moodView.update({ point, origin, live, target, marks, goal: goal() });
}

/** Starts the camera; its modules load when they are wanted. */
async function startCamera() {
  updateCamera({ ...CAMERA_OFF, phase: "starting" });
  const part = await import("./music/mood/mood_from_camera.js").catch(() => null);
  if (!part) return updateCamera({ ...CAMERA_OFF, cameraProblem: "failed" });
  sensing ??= part.createSensing(moodView.video, { onChange: updateCamera, onPlace });
  sensing.start();
}

/** @param {Facts} facts */
function updateCamera(facts) {
  if (facts.phase !== "running") {
    mood.leave();
    if (kept.wanted()) journal.flush();
  }
  updateMood();
  moodView.updateCamera(facts, mood.state().settling, mood.state().following);
}

function tick() {
  const position = player.position();
  nowView.tick(position, player.about());
  mediaKeys(player.state(), position);
}

const KEY_ACTS = {
  toggle,
  next: skip,
  like: () => player.like(),
  back: () => player.seek(player.position().at - SEEK_S),
  ahead: () => player.seek(player.position().at + SEEK_S),
  louder: () => setVolume(player.volume() + VOLUME_STEP),
  softer: () => setVolume(player.volume() - VOLUME_STEP),
};

/** @param {KeyboardEvent} event */
function press(event) {
  const action = actionOf(/** @type {KeyboardEvent & {target: Element}} */ (event));
  if (!action || event.defaultPrevented) return;
  event.preventDefault();
  KEY_ACTS[action]();
}

setUpTabs(byId("tabs"));
nowView.setVolume(player.volume());
moodView.choosePolicy(mood.state().policy);
document.addEventListener("keydown", press);
setInterval(() => {
  player.tick();
  tick();
}, TICK_MS);
window.addEventListener("pagehide", () => {
  sensing?.stop();
  player.end();
});
window.addEventListener("pageshow", ({ persisted }) => persisted && player.prepare());
updateMood();
player.prepare();
void playlists.reload();
void folder.watch();
