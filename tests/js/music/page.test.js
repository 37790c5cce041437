import assert from "node:assert/strict";
import { test } from "node:test";
import { isAddress } from "../../../static/js/music/playlists/track_adder.js";
import { createApi, createNaming } from "../../../static/js/music/api.js";
import { codeOf, createElements, createWatchdog } from "../../../static/js/music/player/audio_player.js";
import { dropPosition } from "../../../static/js/music/playlists/entry_row.js";
import { scanText } from "../../../static/js/music/folder/scan_view.js";
import { createJournal, dayOf } from "../../../static/js/music/journal.js";
import { createMemory, randomName } from "../../../static/js/music/memory.js";
import { createMood } from "../../../static/js/music/mood/mood.js";
import { FILE_PROBLEMS, clock, problemOf, reasonSentence } from "../../../static/js/music/phrases.js";
import { actionOf, createMediaKeys } from "../../../static/js/music/player/keys.js";

const HAPPY = { valence: 0.8, arousal: 0.5 };
const SAD = { valence: -0.6, arousal: -0.3 };

test("the camera's mood counts once it is another settled one", () => {
  const mood = createMood({ policy: "match", goal: null });
  assert.equal(mood.byFace({ point: HAPPY, settled: null, settling: 0.4 }), false);
  assert.equal(mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 }), true);
  assert.equal(mood.byFace({ point: SAD, settled: { ...HAPPY }, settling: 0 }), false);
  assert.deepEqual(mood.request(), { mood: HAPPY, origin: "face", policy: "match" });
});

test("two hundred changes of expression in a minute are no other mood while nothing new settles", () => {
  const mood = createMood({ policy: "match", goal: null });
  mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 });
  const changes = Array.from({ length: 200 }, (_, at) =>
    mood.byFace({ point: at % 2 ? HAPPY : SAD, settled: { ...HAPPY }, settling: 0.2 }),
  );
  assert.deepEqual(
    [changes.filter(Boolean).length, mood.state().live, mood.request().mood],
    [0, HAPPY, HAPPY],
  );
});

test("a mood set by hand stays until the camera may follow again", () => {
  const mood = createMood({ policy: "match", goal: null });
  mood.byHand(SAD);
  assert.equal(mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 }), false);
  assert.deepEqual(mood.request().mood, SAD);
  assert.equal(mood.follow(), true);
  assert.deepEqual(mood.request().mood, HAPPY);
});

test("without the camera its last mood stays, and an old one does not come back", () => {
  const mood = createMood({ policy: "match", goal: null });
  mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 });
  mood.leave();
  assert.deepEqual([mood.state().point, mood.state().live, mood.follow()], [HAPPY, null, false]);
});

test("the reason is said in one sentence", () => {
  const reason = {
    origin: "face",
    mood: "unpleasant_quiet",
    step: "step",
    songs: 2,
    goal: "pleasant_active",
    playlist: "nearest",
    track: "liked",
  };
  const say = (changes) =>
    reasonSentence(
      { reason: { ...reason, ...changes }, playlist: { name: "Slow rain" }, track: { title: "Drops" } },
      "Lift",
    );
  assert.equal(
    say({}),
    "Your expression is unpleasant and quiet, and “Lift” is 2 songs on its way to pleasant and active: " +
      "“Slow rain” is the nearest playlist, and you liked “Drops” before.",
  );
  assert.equal(
    say({ origin: "hand", mood: "even", step: "match", track: "nearest" }),
    "The mood that you chose is balanced: " +
      "“Slow rain” is the nearest playlist, and “Drops” is its nearest track.",
  );
  assert.equal(
    say({ origin: "start", step: "match", playlist: "only_one", track: "among_near" }),
    "No mood is chosen yet, so the music starts in the middle: " +
      "“Slow rain” is the only playlist to choose from, and “Drops” is one of its nearest tracks.",
  );
});

test("what is wrong with a file keeps the words behind the colon", () => {
  const said = ["The file cannot be read: can't sync: here", "Odd: thing", "", ...FILE_PROBLEMS];
  assert.deepEqual(said.map(problemOf), said);
});

test("minutes and seconds", () => {
  assert.deepEqual([0, 9.9, 61, 3600].map(clock), ["0:00", "0:09", "1:01", "60:00"]);
});

const press = (key, extra = {}) =>
  actionOf({ key, ctrlKey: false, altKey: false, metaKey: false, target: { closest: () => null }, ...extra });

test("keys do what the page lists, and never take what means something else", () => {
  assert.deepEqual(
    [" ", "n", "N", "L", "ArrowLeft", "ArrowUp", "x"].map((key) => press(key)),
    ["toggle", "next", "next", "like", "back", "louder", null],
  );
  assert.equal(press("n", { ctrlKey: true }), null);
  const onButton = { closest: (selector) => (selector.includes("button") ? {} : null) };
  assert.deepEqual([press(" ", { target: onButton }), press("n", { target: onButton })], [null, "next"]);
  const inText = { closest: (selector) => (selector.startsWith("input") ? {} : null) };
  assert.deepEqual([press(" ", { target: inText }), press("l", { target: inText })], [null, null]);
});

test("a refused file over http on a secure page, a damaged and a missing one have codes of their own", () => {
  assert.deepEqual(
    [codeOf(3, "/a"), codeOf(2, "/a"), codeOf(4, "/a"), codeOf(undefined, "/a")],
    ["undecodable", "stalled", "refused", "refused"],
  );
});

test("a track is dropped above or below another", () => {
  assert.deepEqual(
    [
      dropPosition(0, 3, true),
      dropPosition(0, 3, false),
      dropPosition(3, 0, false),
      dropPosition(3, 0, true),
    ],
    [3, 2, 0, 1],
  );
});

function storage(content) {
  const kept = { content };
  return { getItem: () => kept.content ?? null, setItem: (_, value) => (kept.content = value), kept };
}

test("the browser keeps a random name, and repairs what is damaged", () => {
  const first = storage();
  assert.equal(createMemory(first, () => "made-up-name").get("listener"), "made-up-name");
  assert.equal(createMemory(first, () => "another-name").get("listener"), "made-up-name");
  const damaged = createMemory(storage('{"listener": "<b>", "volume": 7}'), randomName);
  assert.match(damaged.get("listener"), /^[0-9a-f]{32}$/);
  assert.equal(damaged.get("volume"), 0.8);
  const forbidden = {
    getItem: () => {
      throw new Error();
    },
    setItem: () => {
      throw new Error();
    },
  };
  assert.equal(createMemory(forbidden, () => "made-up-name").get("policy"), "match");
});

test("a refusal of the server has its code and the place that was wrong", async () => {
  const answer = {
    ok: false,
    status: 422,
    json: async () => ({
      code: "invalid_request",
      detail: "The request is not valid.",
      errors: [{ detail: "Must not be blank." }],
    }),
  };
  await assert.rejects(createApi(async () => answer).post("/playlists", {}), {
    code: "invalid_request",
    message: "Must not be blank.",
  });
  await assert.rejects(
    createApi(async () => ({ ok: false, status: 502, json: async () => JSON.parse("<html>") })).get("/x"),
    { code: "unexpected" },
  );
  await assert.rejects(
    createApi(async () => {
      throw new TypeError("failed to fetch");
    }).get("/x"),
    { code: "offline" },
  );
});

test("what is built in has its name in the visitor's language, whatever answer it stands in", async () => {
  const naming = createNaming({ "Slow rain": "Langsamer Regen" });
  const [piece, file] = [
    { kind: "built_in", title: "Slow rain 2", artist: "" },
    { kind: "file", title: "Slow rain 2" },
  ];
  const answer = {
    total: 2,
    entries: [
      { id: 1, track: piece },
      { id: 2, track: file },
    ],
    playlist: { kind: "built_in", name: "Slow rain", point: null },
  };
  const api = createApi(async () => ({ ok: true, status: 200, json: async () => answer }), naming);
  const { entries, playlist, total } = await api.get("/x");
  assert.deepEqual(
    entries.map(({ track }) => track.title),
    ["Langsamer Regen 2", "Slow rain 2"],
  );
  assert.deepEqual([playlist, total], [{ kind: "built_in", name: "Langsamer Regen", point: null }, 2]);
  assert.deepEqual([naming({ kind: "built_in", name: "New one" }).name, naming(null)], ["New one", null]);
});

test("media keys reach the player, and the lock screen knows the track", () => {
  const handlers = {};
  const session = {
    setActionHandler: (name, act) => {
      if (name === "seekto") throw new TypeError();
      handlers[name] = act;
    },
    setPositionState: (state) => (session.position = state),
  };
  const done = [];
  const acts = {
    play: () => done.push("play"),
    pause: () => done.push("pause"),
    next: () => done.push("next"),
    seek: (s) => done.push(s),
    position: () => ({ at: 30 }),
  };
  const update = createMediaKeys(session, acts, (about) => about);
  for (const name of ["play", "pause", "nexttrack"]) handlers[name]();
  handlers.seekbackward({});
  handlers.seekforward({ seekOffset: 5 });
  assert.deepEqual(done, ["play", "pause", "next", 20, 35]);
  const current = { track: { title: "Drops", artist: "Rain", album: "" }, playlist: { name: "Slow rain" } };
  update({ phase: "playing", current }, { at: 3, duration: 2.5 });
  assert.deepEqual(session.metadata, { title: "Drops", artist: "Rain", album: "Slow rain" });
  assert.deepEqual([session.playbackState, session.position], ["playing", { duration: 2.5, position: 2.5 }]);
  update({ phase: "idle", current: null }, { at: 0, duration: null });
  assert.deepEqual([session.metadata, session.playbackState], [null, "none"]);
});

test("an address is told from words", () => {
  assert.deepEqual(
    ["https://a.example/radio.mp3", " HTTP://x.example ", "https://a b", "slow rain", "ftp://x"].map(
      isAddress,
    ),
    [true, true, false, false, false],
  );
});

test("the journal adds up settled expressions, and counts no time in which nobody was read", () => {
  const sent = [];
  const journal = createJournal((note) => sent.push(note));
  for (let second = 0; second <= 10; second += 1)
    journal.read(second < 5 ? "happy" : null, second, "2026-11-24");
  journal.read("sad", 60, "2026-11-24"); // half a minute is over: what there is goes out
  journal.read("sad", 62, "2026-11-25");
  journal.read("sad", 100, "2026-11-25");
  journal.flush();
  assert.deepEqual(sent, [
    { day: "2026-11-24", label: "happy", seconds: 5 },
    { day: "2026-11-24", label: "sad", seconds: 2 },
  ]);
  journal.read("sad", 200, "2026-11-25");
  journal.read("sad", 202, "2026-11-25");
  journal.forget();
  journal.flush();
  assert.equal(sent.length, 2);
  assert.equal(dayOf(new Date(2026, 0, 5, 23, 59)), "2026-01-05");
});

test("the state of a scan is one sentence", () => {
  const scan = {
    state: "listening",
    num_found: 20,
    num_done: 7,
    num_problems: 0,
    message: "",
    has_folder: true,
  };
  assert.match(scanText(scan), /7 of 20$/);
  assert.match(scanText({ ...scan, state: "done", num_problems: 2 }), /2 files cannot be played/);
  assert.match(scanText({ ...scan, state: "failed", message: "The disk is gone." }), /The disk is gone\./);
  assert.match(scanText({ ...scan, has_folder: false }), /MUSIC_DIR/);
});

test("an element never serves two tracks at once; the one that fades out goes first", () => {
  const elements = createElements(() => ({ load() {} }));
  const ended = [];
  const first = elements.lend(() => ended.push("first"));
  const second = elements.lend(() => ended.push("second"));
  assert.notEqual(first.element, second.element);
  second.giveBack(); // it did not start
  assert.equal(elements.lend(() => ended.push("third")).element, second.element);
  assert.deepEqual(ended, []);
  assert.equal(elements.lend(() => ended.push("fourth")).element, first.element);
  assert.deepEqual(ended, ["first"]);
});

test("a stream whose clock stands still for ten seconds has stalled, a paused one has not", () => {
  const stalls = createWatchdog(10_000);
  assert.deepEqual(
    [stalls(1, 0), stalls(2, 9000), stalls(2, 18_900), stalls(2, 19_000), stalls(2, 60_000)],
    [false, false, false, true, false],
  );
  const paused = createWatchdog(10_000);
  assert.deepEqual(
    [paused(1, 0), paused(null, 9000), paused(1, 30_000), paused(1, 39_000), paused(1, 40_000)],
    [false, false, false, false, true],
  );
});
