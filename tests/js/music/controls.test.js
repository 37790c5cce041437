import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, createElements, createWatchdog } from "../../../static/js/music/player/audio_player.js";
import { actionOf, createMediaKeys } from "../../../static/js/music/player/keys.js";

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

test("a refused file over http on a secure page, a damaged and a missing one have codes of their own", () => {
  assert.deepEqual(
    [codeOf(3, "/a"), codeOf(2, "/a"), codeOf(4, "/a"), codeOf(undefined, "/a")],
    ["undecodable", "stalled", "refused", "refused"],
  );
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
