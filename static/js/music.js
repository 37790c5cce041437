/** The music page: joins mood, choice, player and playlists. */

import { gettext } from "./shared/i18n.js";
import { createApi } from "./music/api.js";
import { createDecks } from "./music/player/players.js";
import { createFolderView } from "./music/playlists/folder_view.js";
import { createKeptView } from "./music/kept_view.js";
import { createJournal, dayOf } from "./music/journal.js";
import { createMediaKeys } from "./music/player/media_session.js";
import { createMemory, randomName } from "./music/memory.js";
import { createMoodView } from "./music/mood/mood_view.js";
import { createMood } from "./music/mood/mood.js";
import { createNowView } from "./music/player/now_view.js";
import { createNaming } from "./music/composer/piece_names.js";
import { createPlayer } from "./music/player/player.js";
import { createShelf } from "./music/playlists/playlists_panel.js";
import { actionOf } from "./music/player/shortcuts.js";
import { setUpTabs } from "./shared/tabs.js";
import { createToasts } from "./shared/toasts.js";

const TICK_MS = 250;
const LATER_MS = 350;
const SKIP_S = 10;
const CAMERA_OFF = {
  phase: "idle",
  cameraProblem: null,
  muted: false,
  link: "connecting",
  hidden: false,
  problem: null,
  reply: null,
};

const setup = JSON.parse(document.getElementById("setup").textContent);
const memory = createMemory(safeStorage(), randomName);
const api = createApi(fetch.bind(globalThis), createNaming(setup.built_in));
const toasts = createToasts(document.getElementById("toasts"));
const policyTitle = (name) => setup.policies[name]?.title ?? name;

const mood = createMood({
  policy: setup.policies[memory.get("policy")] ? memory.get("policy") : Object.keys(setup.policies)[0],
  goal: memory.get("goal"),
});
const nowView = createNowView(
  document,
  {
    toggle,
    skip,
    like,
    switchNow: () => void player.switchNow(),
    seek: (s) => player.seek(s),
    volume: setVolume,
  },
  policyTitle,
);
const makeDeck = createDecks(nowView.embed);
const player = createPlayer({
  choose,
  makeDeck: makeDeck.of,
  react,
  diagnose,
  mood: () => ({ ...mood.wish(), goal: setup.policies[mood.state().policy].own_goal ? goalOf() : null }),
  onChange: update,
  volume: memory.get("volume"),
});
const moodView = createMoodView(document, setup.expressions, {
  mood: (point, done) => chosen(() => mood.byHand(point), done),
  goal: (point, done) => chosen(() => mood.setGoal(point), done),
  policy: (name) => chosen(() => mood.setPolicy(name), true),
  start: () => void startCamera(),
  stop: () => sensing?.stop(),
  follow: () => changed(mood.follow()),
});
const shelf = createShelf(document, {
  api,
  toasts,
  edits: setup.edits,
  onLists: update,
  onPlay: (selection) => void player.playNow(selection),
});
const folder = createFolderView(document, {
  api,
  toasts,
  edits: setup.edits,
  onFound: () => void shelf.reload(),
  onRemoved: () => player.prepare(),
});
const kept = createKeptView(document, { api, toasts, memory, onJournalGone: () => journal.forget() });
const journal = createJournal((note) =>
  api.post("/music/journal", { ...note, listener: memory.get("listener") }).catch(() => {}),
);
const mediaKeys = createMediaKeys(
  navigator.mediaSession,
  {
    play: () => void player.start(),
    pause: () => player.pause(),
    next: skip,
    seek: (s) => player.seek(s),
    position: player.position,
  },
  (about) => new MediaMetadata(about),
);

let waiting = null;
let sensing = null;

/** The server knows a face and a hand; that nobody has chosen anything yet only this page knows. */
async function choose(wish) {
  const atStart = mood.state().origin === "start";
  const selection = await api.post("/music/next", { ...wish, listener: memory.get("listener") });
  return atStart ? { ...selection, reason: { ...selection.reason, origin: "start" } } : selection;
}

/** While something is dragged, only the page follows; the choice comes when it rests. */
function chosen(act, done) {
  act();
  updateMood();
  clearTimeout(waiting);
  if (!done) return;
  memory.set("policy", mood.state().policy);
  memory.set("goal", mood.state().goal);
  waiting = setTimeout(() => player.moodChanged(), LATER_MS);
}

function changed(isNew) {
  updateMood();
  if (isNew) player.moodChanged();
}

function onPlace(place, label) {
  if (kept.wanted()) journal.read(label, performance.now() / 1000, dayOf(new Date()));
  changed(mood.byFace(place));
}

function goalOf() {
  return mood.state().goal ?? { valence: 0.6, arousal: 0 };
}

function toggle() {
  makeDeck.unlock();
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

function like() {
  player.like();
}

function setVolume(share) {
  player.setVolume(share);
  memory.set("volume", player.volume());
  nowView.setVolume(player.volume());
}

/** A reaction that does not arrive costs nothing but itself. */
function react(track, action) {
  api
    .post("/music/feedback", { listener: memory.get("listener"), track_id: track.id, action })
    .catch(() => {});
}

/** Has the server look at a file that did not play, so that it is left out from now on. */
async function diagnose(track, code) {
  if (track.kind !== "file") return code;
  try {
    const { state } = await api.post(`/tracks/${track.id}/check`);
    void folder.reload();
    return state === "missing" ? "gone" : state === "unreadable" ? "undecodable" : code;
  } catch {
    return code;
  }
}

function update() {
  const state = player.state();
  nowView.update(state, player.about());
  tick();
  updateMood();
}

function updateMood() {
  const { current, upcoming, moved } = player.state();
  const { point, origin, live, policy } = mood.state();
  const target = (moved ? upcoming : (current ?? upcoming))?.target ?? null;
  const marks = shelf
    .lists()
    .filter((list) => list.point)
    .map((list) => ({ name: list.name, point: list.point, current: list.id === current?.playlist.id }));
  moodView.update({
    point,
    origin,
    live,
    target,
    marks,
    goal: setup.policies[policy].own_goal ? goalOf() : null,
  });
}

/** What the camera needs comes when it is wanted. */
async function startCamera() {
  updateCamera({ ...CAMERA_OFF, phase: "starting" });
  const part = await import("./music/mood/mood_from_camera.js").catch(() => null);
  if (!part) return updateCamera({ ...CAMERA_OFF, cameraProblem: "failed" });
  sensing ??= part.createSensing(moodView.video, { onChange: updateCamera, onPlace });
  sensing.start();
}

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

function press(event) {
  const action = actionOf(event);
  if (!action || event.defaultPrevented) return;
  event.preventDefault();
  const acts = {
    toggle,
    next: skip,
    like,
    back: () => player.seek(player.position().at - SKIP_S),
    ahead: () => player.seek(player.position().at + SKIP_S),
    louder: () => setVolume(player.volume() + 0.05),
    softer: () => setVolume(player.volume() - 0.05),
  };
  acts[action]();
}

function safeStorage() {
  try {
    return localStorage;
  } catch {
    return undefined; // storage may be forbidden
  }
}

setUpTabs(document.getElementById("tabs"));
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
void shelf.reload();
void folder.watch();
