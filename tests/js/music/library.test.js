import assert from "node:assert/strict";
import { test } from "node:test";
import { scanText } from "../../../static/js/music/folder/scan_view.js";
import { createJournal, dayOf } from "../../../static/js/music/journal.js";
import { createMemory } from "../../../static/js/music/memory.js";
import { dropPosition } from "../../../static/js/music/playlists/entry_row.js";
import { isAddress } from "../../../static/js/music/playlists/track_adder.js";

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

test("an address is distinguished from words", () => {
  assert.deepEqual(
    ["https://a.example/radio.mp3", " HTTP://x.example ", "https://a b", "slow rain", "ftp://x"].map(
      isAddress,
    ),
    [true, true, false, false, false],
  );
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

function storage(content) {
  const kept = { content };
  return { getItem: () => kept.content ?? null, setItem: (_, value) => (kept.content = value), kept };
}

test("the browser keeps choices and the name of earlier versions, and repairs what is damaged", () => {
  const earlier = createMemory(storage('{"listener": "made-up-name", "volume": 0.5}'));
  assert.deepEqual([earlier.get("listener"), earlier.get("volume")], ["made-up-name", 0.5]);
  const damaged = createMemory(storage('{"listener": "<b>", "volume": 7}'));
  assert.equal(damaged.get("listener"), "");
  assert.equal(damaged.get("volume"), 0.8);
  const forbidden = {
    getItem: () => {
      throw new Error();
    },
    setItem: () => {
      throw new Error();
    },
  };
  assert.equal(createMemory(forbidden).get("policy"), "match");
});

test("a visitor is known from the first start on, one of earlier versions from the beginning", () => {
  const place = storage();
  assert.equal(createMemory(place).get("known"), false);
  const again = createMemory(place); // a second look without a start
  assert.equal(again.get("known"), false);
  again.set("known", true);
  assert.equal(createMemory(place).get("known"), true);
  assert.equal(createMemory(storage('{"volume": 0.5}')).get("known"), true);
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
