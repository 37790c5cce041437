import assert from "node:assert/strict";
import test from "node:test";

import { isShown } from "../../../static/js/photos/api.js";
import { summaryOf, tileName, tileWords } from "../../../static/js/photos/phrases.js";
import { createThumbs } from "../../../static/js/photos/thumbs.js";
import { moveByKey, partOfGrid, positionOf } from "../../../static/js/photos/window.js";

const grid = { num: 500, columns: 4, rowHeight: 200, height: 800 };

test("of a long grid the rows near the window stand in the document, and the rest is room", () => {
  assert.deepEqual(partOfGrid({ ...grid, top: -300 }, 2), { first: 0, end: 20, before: 0, after: 120 * 200 });
  assert.deepEqual(partOfGrid({ ...grid, top: 10_000 }, 2), {
    first: 48 * 4,
    end: 56 * 4,
    before: 48 * 200,
    after: 69 * 200,
  });
  const end = partOfGrid({ ...grid, num: 497, top: 24_200 }, 2);
  assert.deepEqual([end.end, end.after], [497, 0]);
});

test("a window beyond the end, as after a filter, shows the end", () => {
  assert.deepEqual(partOfGrid({ ...grid, num: 3, top: 24_200 }, 2), {
    first: 0,
    end: 3,
    before: 0,
    after: 0,
  });
});

test("keys move by one tile or one row and stay inside", () => {
  const size = { num: 10, columns: 4 };
  assert.equal(moveByKey("ArrowDown", 1, size), 5);
  assert.equal(moveByKey("ArrowUp", 1, size), null);
  assert.equal(moveByKey("ArrowRight", 9, size), null);
  assert.equal(moveByKey("End", 1, size), 9);
  assert.equal(moveByKey("a", 1, size), null);
});

test("a square shows the largest face of a photo that it cuts", () => {
  const face = { box: [0.8, 0.4, 0.2, 0.2] };
  assert.equal(positionOf({ width: 400, height: 200, faces: [face] }), "100% 50%");
  assert.equal(positionOf({ width: 200, height: 400, faces: [{ box: [0, 0.4, 1, 0.3] }] }), "50% 60%");
  assert.equal(positionOf({ width: 200, height: 200, faces: [] }), "50% 50%");
});

test("formats are known by their first bytes, whatever the name", () => {
  const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  for (const text of ["\xff\xd8\xff", "\x89PNG", "GIF89a", "RIFF\n\0\0\0WEBP", "\0\0\0\x1cftypavif"]) {
    assert.ok(isShown(bytes(text)), text);
  }
  for (const text of ["\0\0\0\x18ftypheic", "II*\0", "MM\0*", "hello", ""])
    assert.ok(!isShown(bytes(text)), text);
});

const face = (label, confidence = 0.9, state = "sure") => ({ label, confidence, state });
const photo = (...faces) => ({ name: "a.jpg", state: "done", result: { faces } });

test("a thumbnail says one face's reading, or how many there are", () => {
  assert.deepEqual(tileWords(photo(face("happy"))), { label: "happy", detail: "90 %" });
  assert.deepEqual(tileWords(photo(face("happy", 0.3, "unsure"))), { label: "unsure", detail: "" });
  assert.equal(tileWords(photo(face("happy"), face("happy"))).label, "2 happy");
  assert.equal(tileWords(photo(face("sad"), face("happy"))).label, "2 faces");
  assert.equal(tileName(photo(face("sad"), face("happy"), face("happy"))), "a.jpg: 2 happy, 1 sad");
  assert.equal(tileName(photo()), "a.jpg: no face");
});

test("the summary counts faces", () => {
  const counts = { total: 5, videos: 1, faces: 9, finished: 5, failed: 1, busy: false };
  assert.equal(summaryOf(counts), "9 faces in 4 photos and 1 clip, 1 failed");
});

test("thumbnails in sight have the next turns", async () => {
  const made = [];
  let go = () => {};
  const make = (file) => {
    made.push(file);
    return new Promise((resolve) => (go = () => resolve(null)));
  };
  let left = 5;
  const all = new Promise((resolve) => {
    const thumbs = createThumbs({ make, onThumb: () => --left || resolve() });
    [1, 2, 3, 4, 5].forEach((id) => thumbs.add(id, id));
    thumbs.hurry([4, 9, 3]);
  });
  const turns = setInterval(() => go());
  await all;
  clearInterval(turns);
  assert.deepEqual(made, [1, 4, 3, 2, 5]);
});
