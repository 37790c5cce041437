/** The music page: joins mood, choice, player and playlists. */

import { choseOnlyFaces, showWhatIsSent } from "./camera/face_finder/choice.js";
import { byId } from "./shared/dom.js";
import { gettext } from "./shared/i18n.js";
import { browserStorage } from "./shared/storage.js";
import { setUpTabs } from "./shared/tabs.js";
import { createToasts } from "./shared/toasts.js";
import { createApi, createNaming } from "./music/api.js";
import { createFollowing } from "./music/follow.js";
import { createFolderView } from "./music/folder/folder_view.js";
import { createJournal, dayOf } from "./music/journal.js";
import { createKeptView } from "./music/kept_view.js";
import { createMemory } from "./music/memory.js";
import { announcing, createOneTab } from "./music/one_tab.js";
import { debounce } from "./music/parts.js";
import { createChoosing } from "./music/mood/choosing.js";
import { createMoodView } from "./music/mood/mood_view.js";
import { createMood } from "./music/mood/mood.js";
import { actionOf, createMediaKeys } from "./music/player/keys.js";
import { createNowView } from "./music/player/now_view.js";
import { createPlayerApi } from "./music/player/player_api.js";
import { Player } from "./music/player/player.js";
import { createPlayers } from "./music/player/players.js";
import { createMannerView } from "./music/player/manner_view.js";
import { createScene } from "./music/session/scene.js";
import { PlaylistsPanel } from "./music/playlists/playlists_panel.js";

/**
 * @typedef {import("./music/mood/plane.js").Point} Point
 * @typedef {import("./shared/words.js").Facts} Facts
 *
 * @typedef {object} Setup Facts that the page brings along.
 * @property {"frames" | "faces"} send What cameras' frames are sent as, unless the visitor has chosen.
 * @property {boolean} edits Whether visitors may make playlists on this server.
 * @property {boolean} shared Whether they may change what all visitors see.
 * @property {Record<string, string>} built_in Names of the built-in playlists, by their English ones.
 * @property {Record<string, string>} moods Names of a folder's playlists by mood, by their English ones.
 * @property {Record<string, Point>} expressions Place of each expression, by label.
 * @property {Record<string, import("./music/mood/steering.js").Path & {title: string, own_goal: boolean}>} policies
 */

const TICK_MS = 250;
const RELOAD_MS = 200;
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
const memory = createMemory(browserStorage());
const api = announcing(createApi(fetch.bind(globalThis), createNaming(setup.built_in, setup.moods)), () => {
  becomeKnown();
  tabs.changed();
});
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
const following = createFollowing({
  mood,
  player: () => player,
  toasts,
  path: () => ({ ...setup.policies[mood.state().policy], ...(goal() ? { goal: goal() } : {}) }),
  manner: () => memory.get("manner"),
  onMood: updateMood,
});
const trackPlayers = createPlayers(nowView.embed, following.place, (state) => {
  nowView.setEmbedState(state);
  nowView.update(player.state(), player.about());
});
const player = new Player({
  ...createPlayerApi({
    api,
    isKnown: () => memory.get("known"),
    isMoodChosen: () => mood.state().origin !== "start",
    steps: following.steps,
    onChecked: () => void folder.reload(),
  }),
  makeTrackPlayer: trackPlayers.of,
  mood: () => ({ ...mood.request(), goal: goal() }),
  onChange: update,
  volume: memory.get("volume"),
});
const choosing = createChoosing({
  mood: mood.state,
  onChange: updateMood,
  onDone() {
    memory.set("policy", mood.state().policy);
    memory.set("goal", mood.state().goal);
  },
  onRest: (cause, before) =>
    cause === "mood" ? void following.followHand(before) : following.changed(cause),
});
const moodView = createMoodView(setup.expressions, {
  mood: (point, done) => choosing.choose(() => mood.byHand(point), done, "mood"),
  goal: (point, done) => choosing.choose(() => mood.setGoal(point), done, "goal"),
  policy: (name) => choosing.choose(() => mood.setPolicy(name), true, "policy"),
  start: () => void startCamera(),
  stop: () => sensing?.stop(),
  follow: () => {
    if (mood.follow()) following.changed();
    updateMood();
  },
});
const playlists = new PlaylistsPanel({
  api,
  toasts,
  edits: setup.edits,
  onLists,
  onRemoved: () => player.prepare(),
  onPlay: (selection) => void playHere(() => playPressed(selection)),
});
const folder = createFolderView({
  api,
  toasts,
  shared: setup.shared,
  onFound: () => void playlists.reload(),
  onRemoved: () => player.prepare(),
});
const scene = createScene({
  memory,
  analyser: () => player.analyser(),
  onFailed: () => toasts.show({ text: gettext("The card could not be loaded. Try again.") }),
});
const kept = createKeptView({
  api,
  toasts,
  memory,
  onJournalGone() {
    journal.forget();
    scene.forget();
  },
});
const journal = createJournal((note) => {
  api.post("/music/journal", note).catch(() => {});
});
const mediaKeys = createMediaKeys(
  navigator.mediaSession,
  {
    play: () => void playHere(startMusic),
    pause: () => player.pause(),
    next: skip,
    seek: (seconds) => player.seek(seconds),
    position: () => player.position(),
  },
  (about) => new MediaMetadata(about),
);

const tabs = createOneTab({
  channel: "BroadcastChannel" in globalThis ? new BroadcastChannel("countenance.music") : null,
  isPlaying,
  onTaken: stopHere,
  onChanged: debounce(reloadCatalogue, RELOAD_MS),
});
/** What the visitor wanted to play while another tab did. */
let wanted = () => {};
/** @type {{start: () => void, stop: () => void} | null} */
let sensing = null;

/**
 * @param {import("./music/mood/mood.js").Place} place
 * @param {string | null} label
 */
function onPlace(place, label) {
  if (kept.wanted()) journal.read(label, performance.now() / 1000, dayOf(new Date()));
  following.look(place);
  updateMood();
}

/** The playlists have changed: what is ready to play may be of one that is gone. */
function onLists() {
  const { upcoming } = player.state();
  if (upcoming && !playlists.lists().some(({ id }) => id === upcoming.playlist.id)) player.prepare();
  update();
}

/**
 * Plays what the visitor has chosen from the playlists.
 *
 * @param {import("./music/api.js").Selection} selection
 */
function playPressed(selection) {
  const { reason } = selection;
  trackPlayers.unlock();
  void player.playNow({ ...selection, reason: reason && { ...reason, origin: "pressed" } });
}

/** @returns {Point | null} Goal of the visitor; null where the policy has one of its own, or none. */
function goal() {
  const { policy, goal: chosen } = mood.state();
  return setup.policies[policy].own_goal ? (chosen ?? DEFAULT_GOAL) : null;
}

function toggle() {
  trackPlayers.unlock();
  if (isPlaying()) player.pause();
  else void playHere(startMusic);
}

function startMusic() {
  choosing.apply();
  void player.start();
}

function isPlaying() {
  return ["starting", "playing"].includes(player.state().phase);
}

/**
 * Plays unless another tab does; then the visitor decides.
 *
 * @param {() => void} act
 */
async function playHere(act) {
  const free = await tabs.isFree();
  if (free) act();
  else wanted = act;
  byId("elsewhere").hidden = free;
}

/** Another tab plays from now on: this one falls silent, and can have the music back. */
function stopHere() {
  if (player.state().phase === "playing" && player.about().controllable) player.pause();
  else {
    player.end();
    player.prepare();
  }
  wanted = startMusic;
  byId("elsewhere").hidden = false;
}

/** Something in the catalogue is not as this page shows it. */
function reloadCatalogue() {
  void playlists.reload();
  if (!byId("panel-folder").hidden) void folder.reload();
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
  if (state.phase === "playing") becomeKnown();
  nowView.update(state, player.about());
  tick();
  updateMood();
}

function updateMood() {
  const { current, upcoming, moved } = player.state();
  const { point, origin, live } = mood.state();
  const isInPiece = current?.track.kind === "built_in";
  const chosen = (moved ? upcoming : (current ?? upcoming))?.target ?? null;
  const target = isInPiece ? following.place() : chosen;
  const marks = playlists.choosable().flatMap(({ id, name, point: place }) => {
    return place ? [{ name, point: place, current: id === current?.playlist.id }] : [];
  });
  const seen = live ?? (origin === "start" ? null : point);
  const trail = scene.update({
    point: seen,
    place: following.place(),
    song: player.state().phase === "playing" ? (current?.track.id ?? null) : null,
  });
  moodView.update({ point, origin, live, target, marks, goal: goal(), trail });
}

/** From now on this visitor's music may begin with what others have pasted. */
function becomeKnown() {
  if (!memory.get("known")) memory.set("known", true);
}

/** Makes the name of earlier versions this browser's cookie, so that likes and journal stay the visitor's own. */
async function handOverFormerName() {
  const listener = memory.get("listener");
  if (!listener) return;
  await api.post("/music/visitor", { listener }).then(
    () => memory.set("listener", ""),
    () => {}, // at the next visit
  );
}

/** Starts the camera; its modules load when they are wanted. */
async function startCamera() {
  updateCamera({ ...CAMERA_OFF, phase: "starting" });
  const part = await import("./music/mood/mood_from_camera.js").catch(() => null);
  if (!part) return updateCamera({ ...CAMERA_OFF, cameraProblem: "failed" });
  sensing ??= part.createSensing(moodView.video, { onlyFaces, onChange: updateCamera, onPlace });
  sensing.start();
}

/** Whether only faces leave this browser, by the choice on the live page or the operator's. */
function onlyFaces() {
  return choseOnlyFaces(browserStorage(), setup.send === "faces");
}

/** @param {Facts} facts */
function updateCamera(facts) {
  if (facts.phase !== "running") {
    mood.leave();
    if (kept.wanted()) journal.flush();
  }
  updateMood();
  moodView.updateCamera(facts, mood.state().settling, mood.state().following);
  showWhatIsSent(onlyFaces());
}

function tick() {
  const position = player.position();
  nowView.tick(position, player.about(), player.style());
  mediaKeys(player.state(), position);
  scene.tick();
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
showWhatIsSent(onlyFaces());
nowView.setVolume(player.volume());
moodView.choosePolicy(mood.state().policy);
document.addEventListener("keydown", press);
byId("play-here").addEventListener("click", () => {
  tabs.take();
  byId("elsewhere").hidden = true;
  trackPlayers.unlock();
  wanted();
});
createMannerView(memory);
setInterval(() => {
  player.tick();
  following.tick();
  tick();
}, TICK_MS);
window.addEventListener("pagehide", () => {
  scene.keep();
  sensing?.stop();
  player.end();
});
window.addEventListener("pageshow", ({ persisted }) => persisted && player.prepare());
updateMood();
void handOverFormerName().then(() => {
  player.prepare();
  void playlists.reload();
  void folder.watch();
});
