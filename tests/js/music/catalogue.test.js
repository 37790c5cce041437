import assert from "node:assert/strict";
import { test } from "node:test";
import { isUntitled, linkTitle } from "../../../static/js/music/link_titles.js";
import { announcing, createOneTab } from "../../../static/js/music/one_tab.js";
import { stateOf } from "../../../static/js/music/player/embed_player.js";

test("what another site's player says of itself is understood, everything else is not", () => {
  const said = [
    '{"method": "ready"}',
    '{"method": "play", "value": {"currentPosition": 1}}',
    '{"method": "pause"}',
    '{"method": "finish"}',
    '{"event": "onStateChange", "info": 1}',
    '{"event": "onStateChange", "info": 0}',
    { type: "playback_update", payload: { isPaused: false } },
    { type: "playback_update", payload: { isPaused: true } },
  ];
  const states = ["ready", "playing", "paused", "ended", "playing", "ended", "playing", "paused"];
  assert.deepEqual(said.map(stateOf), states);
  for (const noise of ["", "hello", "null", "7", null, undefined, 3, {}, [], '{"event": "onStateChange"}'])
    assert.equal(stateOf(noise), null);
});

const link = (/** @type {string} */ artist, /** @type {string} */ url) => ({
  kind: "embed",
  artist,
  url,
  title: `${artist}: ${new URL(url).pathname.slice(1)}`,
});

test("a link without a title is named in few words, and no id is a title", () => {
  const names = [
    link("YouTube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    link("YouTube", "https://www.youtube.com/playlist?list=PLabcdefghijklmnopqrstuvwxyz"),
    link("Spotify", "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"),
    link("SoundCloud", "https://soundcloud.com/some-one/sets/a_nice-list"),
    link("Apple Music", "https://music.apple.com/us/album/x/1440857781"),
    link("Apple Music", "https://music.apple.com/us/album/100%-more_words/1440857781"),
    link("Apple Music", "https://music.apple.com/de/playlist/pl.u-76oNlyRuyKbpq"),
    link("Deezer", "https://www.deezer.com/track/908622995"),
  ].map(linkTitle);
  assert.deepEqual(names, [
    "YouTube video (dQw4w9)",
    "YouTube playlist (PLabcd)",
    "Spotify playlist (37i9dQ)",
    "A nice list",
    "Apple Music album (144085)",
    "100% more words",
    "Apple Music playlist (pl.u-7)",
    "Deezer track (908622)",
  ]);
  const titled = { ...link("YouTube", "https://www.youtube.com/watch?v=x"), title: "A song" };
  assert.deepEqual([linkTitle(titled), isUntitled(titled)], ["A song", false]);
  assert.equal(isUntitled({ kind: "file", artist: "Ann", title: "Ann: one" }), false);
});

/** Two tabs that hear each other, as BroadcastChannel lets them. */
function twoTabs() {
  const channels = [0, 1].map((number) => ({
    onmessage: null,
    postMessage: (data) => channels[1 - number].onmessage?.({ data }),
  }));
  return channels.map((channel) => {
    const tab = { playing: false, taken: 0, changed: 0 };
    const later = (act) => setTimeout(act, 1);
    const onTaken = () => {
      tab.taken += 1;
      tab.playing = false;
    };
    const one = createOneTab({
      channel,
      isPlaying: () => tab.playing,
      onTaken,
      onChanged: () => (tab.changed += 1),
      later,
    });
    return Object.assign(tab, { one });
  });
}

test("a second tab hears that another one plays, and may take over", async () => {
  const [first, second] = twoTabs();
  assert.equal(await first.one.isFree(), true);
  first.playing = true;
  assert.equal(await first.one.isFree(), true); // for itself
  assert.equal(await second.one.isFree(), false);
  second.one.take();
  assert.deepEqual([first.taken, first.playing], [1, false]);
  second.playing = true;
  assert.equal(await first.one.isFree(), false);
});

test("without a channel every tab plays", async () => {
  const one = createOneTab({ channel: null, isPlaying: () => false, onTaken() {}, onChanged() {} });
  assert.equal(await one.isFree(), true);
  one.take();
});

test("changes of the catalogue are told, reads, refusals and the player's own calls are not", async () => {
  const told = [];
  const answer = (path) => (path.includes("no") ? Promise.reject(new Error(path)) : Promise.resolve(path));
  const api = announcing({ get: answer, post: answer, patch: answer, remove: answer }, () => told.push(1));
  await api.get("/playlists");
  await api.post("/music/next");
  await api.post("/tracks/3/check");
  await api.post("/playlists/no").catch(() => {});
  assert.equal(told.length, 0);
  assert.equal(await api.post("/playlists"), "/playlists");
  await api.patch("/playlists/3");
  await api.remove("/tracks/3");
  assert.equal(told.length, 3);
});
