import assert from "node:assert/strict";
import test from "node:test";

import { isVideo } from "../../../static/js/photos/api.js";
import { arrange, changesOf, kindOf, leading, newPhoto, toCsv } from "../../../static/js/photos/list.js";
import { words } from "../../../static/js/photos/phrases.js";
import { clock } from "../../../static/js/shared/words.js";

const face = (label) => ({
  box: [0, 0, 1, 1],
  label,
  confidence: 0.7,
  state: "sure",
  probs: { happy: 0.7, sad: 0.3 },
});
const samples = [
  { t_s: 0, faces: [face("happy")], shares: { happy: 0.7, sad: 0.3 } },
  { t_s: 0.5, faces: [face("happy")], shares: { happy: 0.6, sad: 0.4 } },
  { t_s: 61, faces: [], shares: null },
  { t_s: 62, faces: [face("sad")], shares: { happy: 0.2, sad: 0.8 } },
];
const video = {
  name: "a.mp4",
  width: 8,
  height: 6,
  hints: ["cut_short"],
  samples,
  shares: { happy: 0.5, sad: 0.4 },
};

test("a timeline in words says each change once, and where nobody is", () => {
  assert.deepEqual(changesOf(samples).map(words), ["0:00 happy", "1:01 no face found", "1:02 sad"]);
  assert.equal(clock(125.9), "2:05");
});

test("the largest share leads, and nothing leads nothing", () => {
  assert.deepEqual(leading({ happy: 0.2, sad: 0.8 }), ["sad", 0.8]);
  assert.equal(leading(null), null);
});

test("a video is filed under what leads it, beside photos", () => {
  const done = { ...newPhoto(1, "a.mp4"), state: "done", result: video };
  assert.equal(kindOf(done), "happy");
  assert.equal(kindOf({ ...done, result: { ...video, shares: null } }), "none");
  assert.equal(arrange([done], { kind: "happy", sort: "sure" }).length, 1);
});

test("CSV has a row per face and image, with its time", () => {
  const lines = toCsv([{ ...newPhoto(1, "a.mp4"), state: "done", result: video }], ["happy", "sad"]).split(
    "\n",
  );
  assert.deepEqual(lines.slice(1), [
    "a.mp4,8,6,,cut_short,0,1,0,0,1,1,happy,0.7,sure,0.7,0.3,",
    "a.mp4,8,6,,cut_short,0.5,1,0,0,1,1,happy,0.7,sure,0.7,0.3,",
    "a.mp4,8,6,,cut_short,61,,,,,,,,,,,",
    "a.mp4,8,6,,cut_short,62,1,0,0,1,1,sad,0.7,sure,0.7,0.3,",
    "",
  ]);
});

test("videos are known by their type or, where that is missing, by their name", () => {
  assert.ok(isVideo({ name: "x", type: "video/quicktime" }));
  assert.ok(isVideo({ name: "a.MKV", type: "" }));
  assert.ok(!isVideo({ name: "mp4.jpg", type: "image/jpeg" }));
});
