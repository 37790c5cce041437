import assert from "node:assert/strict";
import { test } from "node:test";
import { Player } from "../../../static/js/music/player/player.js";
import {
  NOTHING_PLAYS,
  allowAgain,
  failed,
  heard,
  moodChanged,
  playing,
  selectionRequest,
} from "../../../static/js/music/player/player_state.js";

const selection = (id) => ({
  playlist: { id: 100 + id, name: `list ${id}` },
  track: { id, title: `track ${id}`, kind: "file" },
  target: null,
  reason: {},
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A player whose server answers 1, 2, 3 …, and whose tracks' players are noted. */
function setUp({ broken = {}, choose } = {}) {
  const log = { players: [], feedback: [], requests: [], later: [] };
  let number = 0;
  const player = new Player({
    choose: choose ?? (async (request) => (log.requests.push(request), selection(++number))),
    makeTrackPlayer({ track }, events) {
      const trackPlayer = {
        track,
        events,
        gains: [],
        ended: false,
        paused: false,
        at: 0,
        about: { seekable: true, controllable: true },
      };
      log.players.push(trackPlayer);
      return Object.assign(trackPlayer, {
        start: async () => {
          if (broken[track.id]) throw Object.assign(new Error(), { code: broken[track.id] });
        },
        fade: (to, seconds) => trackPlayer.gains.push([to, seconds]),
        setVolume: (value) => (trackPlayer.volume = value),
        pause: () => (trackPlayer.paused = true),
        resume: async () => (trackPlayer.paused = false),
        seek: (seconds) => (trackPlayer.at = seconds),
        position: () => ({ at: trackPlayer.at, duration: 200 }),
        end: () => (trackPlayer.ended = true),
      });
    },
    sendFeedback: (track, action) => log.feedback.push([track.id, action]),
    diagnose: async (track, code) => (code === "refused" ? "gone" : code),
    mood: () => ({ mood: { valence: 0, arousal: 0 } }),
    onChange: () => {},
    later: (act) => log.later.push(act),
  });
  return { player, log };
}

async function started(options) {
  const all = setUp(options);
  all.player.prepare();
  await settled();
  await all.player.start();
  await settled();
  return all;
}

test("what is announced is what plays; then the next is announced", async () => {
  const { player, log } = setUp();
  player.prepare();
  await settled();
  assert.equal(player.state().upcoming.track.id, 1);
  assert.equal(log.players.length, 0);
  await player.start();
  await settled();
  const { phase, current, upcoming } = player.state();
  assert.deepEqual([phase, current.track.id, upcoming.track.id], ["playing", 1, 2]);
  assert.deepEqual(
    log.requests.map(({ songs, recent, playing }) => [songs, recent, playing]),
    [
      [0, [], null],
      [1, [1], 101],
    ],
  );
});

test("a new mood never cuts the song, it changes what comes next", async () => {
  const { player, log } = await started();
  player.moodChanged();
  await settled();
  const { current, upcoming, moved } = player.state();
  assert.deepEqual([current.track.id, upcoming.track.id, moved], [1, 3, true]);
  assert.equal(log.players.length, 1);
  assert.equal(log.players[0].ended, false);
  assert.equal(log.requests.at(-1).songs, 0);
});

test("two hundred changes of mood in a row leave the song alone and end with one choice", async () => {
  const { player, log } = await started();
  for (let change = 0; change < 200; change += 1) player.moodChanged();
  await settled();
  assert.equal(log.players.length, 1);
  assert.equal(player.state().upcoming.track.id, 202);
});

test("switching now fades one track into the other", async () => {
  const { player, log } = await started();
  player.moodChanged();
  await settled();
  await player.switchNow();
  assert.deepEqual(log.players[0].gains.at(-1), [0, 4]);
  assert.deepEqual(log.players[1].gains, [[1, 4]]);
  assert.equal(log.players[0].ended, false);
  log.later.at(-1)();
  assert.equal(log.players[0].ended, true);
  assert.equal(player.state().current.track.id, 3);
  assert.deepEqual(log.feedback, []);
});

test("near its end a song fades into the next, once, and counts as heard", async () => {
  const { player, log } = await started();
  log.players[0].at = 195.9;
  player.tick();
  assert.equal(log.players.length, 1);
  log.players[0].at = 196;
  player.tick();
  player.tick();
  await settled();
  assert.deepEqual([log.players.length, player.state().current.track.id], [2, 2]);
  assert.deepEqual(log.feedback, [[1, "played"]]);
  assert.equal(log.requests.at(-1).songs, 2);
});

test("a skip is sent as feedback, and can be undone", async () => {
  const { player, log } = await started();
  const skipped = await player.skip();
  await settled();
  assert.equal(player.state().current.track.id, 2);
  await player.unskip(skipped);
  assert.equal(player.state().current.track.id, 1);
  assert.deepEqual(log.feedback, [
    [1, "skip"],
    [1, "unskip"],
  ]);
});

test("a track that is gone is reported, and the next one plays", async () => {
  const { player, log } = await started({ broken: { 1: "refused" } });
  const { phase, current, trouble } = player.state();
  assert.deepEqual([phase, current.track.id, trouble.code, trouble.track.id], ["playing", 2, "gone", 1]);
  assert.deepEqual(log.requests.at(-1).avoid, [1]);
});

test("a track that breaks mid-play loses nothing but itself", async () => {
  const { player, log } = await started();
  log.players[0].events.onTrouble("stalled");
  await settled();
  await settled();
  const { phase, current, trouble } = player.state();
  assert.deepEqual([phase, trouble.code, log.players[0].ended], ["playing", "stalled", true]);
  assert.notEqual(current.track.id, 1);
  log.players[0].events.onTrouble("stalled"); // a late event of the ended player
  await settled();
  assert.equal(player.state().current, current);
});

test("a next track that fails leaves the one that plays, then another follows", async () => {
  const { player, log } = await started({ broken: { 2: "refused" } });
  await player.switchNow();
  await settled();
  assert.deepEqual([player.state().trouble.track.id, player.state().phase], [2, "playing"]);
  assert.equal(log.players.filter(({ ended }) => !ended).length, 2); // the old one fades out, the third plays
});

test("where nothing plays at all, it stops trying and says so", async () => {
  const broken = Object.fromEntries(Array.from({ length: 30 }, (_, id) => [id, "refused"]));
  const { player, log } = await started({ broken });
  assert.equal(player.state().phase, "idle");
  assert.equal(log.players.length, 5);
});

test("a server that cannot be reached does not stop the song, and is asked again", async () => {
  let fail = false;
  let number = 0;
  const choose = async () => {
    if (fail) throw Object.assign(new Error(), { code: "offline" });
    return selection(++number);
  };
  const { player, log } = await started({ choose });
  fail = true;
  player.moodChanged();
  await settled();
  assert.deepEqual([player.state().phase, player.state().refusal.code], ["playing", "offline"]);
  fail = false;
  log.later.at(-1)();
  await settled();
  assert.deepEqual([player.state().refusal, player.state().upcoming.track.id], [null, 3]);
});

test("pause, go on, seek and volume reach the track's player", async () => {
  const { player, log } = await started();
  player.pause();
  assert.deepEqual([player.state().phase, log.players[0].paused], ["paused", true]);
  await player.toggle();
  assert.deepEqual([player.state().phase, log.players[0].paused], ["playing", false]);
  player.seek(500);
  assert.equal(log.players[0].at, 199.8);
  player.setVolume(1.5);
  assert.equal(log.players[0].volume, 1);
});

test("a like is sent as feedback, and can be taken back", async () => {
  const { player, log } = await started();
  player.like();
  player.like();
  assert.deepEqual(log.feedback, [
    [1, "like"],
    [1, "unlike"],
  ]);
});

test("the end stops the sound", async () => {
  const { player, log } = await started();
  player.end();
  assert.deepEqual([log.players[0].ended, player.state().phase], [true, "idle"]);
});

const MOOD = { mood: { valence: 0, arousal: 0 }, origin: "hand", policy: "match" };
const after = (...ids) => ids.reduce((state, id) => playing(state, selection(id)), NOTHING_PLAYS);

test("a request counts the song that plays, unless the mood has changed since", () => {
  const state = heard(after(1, 2));
  assert.deepEqual(selectionRequest(state, MOOD), {
    ...MOOD,
    songs: 2,
    playing: 102,
    recent: [2, 1],
    avoid: [],
  });
  assert.equal(selectionRequest(moodChanged(state), MOOD).songs, 0);
  assert.equal(selectionRequest(heard(moodChanged(state)), MOOD).songs, 0);
});

test("without a track a change of mood leaves nothing to switch from", () => {
  assert.equal(moodChanged(NOTHING_PLAYS).moved, false);
  assert.equal(moodChanged(after(1)).moved, true);
  assert.equal(playing(moodChanged(after(1)), selection(2)).moved, false);
});

test("a selection that plays is not upcoming any more", () => {
  assert.equal(playing({ ...NOTHING_PLAYS, upcoming: selection(1) }, selection(1)).upcoming, null);
});

test("the last twelve tracks are remembered once each, newest first", () => {
  const ids = Array.from({ length: 14 }, (_, at) => at + 1);
  assert.deepEqual(after(...ids, 13).recent, [13, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
});

test("a track that failed is avoided until the visitor chooses it", () => {
  const state = failed(failed(after(1), selection(2), "gone"), selection(3), "stalled");
  assert.deepEqual([state.avoid, state.trouble], [[3, 2], { code: "stalled", track: selection(3).track }]);
  assert.deepEqual(allowAgain(state, 2).avoid, [3]);
  assert.deepEqual(NOTHING_PLAYS.avoid, []);
});
