import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrange,
  change,
  count,
  kindOf,
  newPhoto,
  progressOf,
  toCsv,
  toJson,
} from "../../../static/js/photos/list.js";

const LABELS = ["happy", "sad"];
const face = (label, confidence) => ({
  box: [0.1, 0.2, 0.3, 0.4],
  label,
  confidence,
  state: "sure",
  probs: { happy: 0.7, sad: 0.3 },
});
const result = (name, ...faces) => ({ name, width: 8, height: 6, turned: 0, hints: [], faces });

function photos() {
  const done = (id, name, ...faces) => ({
    ...newPhoto(id, name),
    state: "done",
    result: result(name, ...faces),
  });
  return [
    done(1, "b10.jpg", face("happy", 0.6), face("sad", 0.99)),
    done(2, "b9.jpg", face("sad", 0.9)),
    done(3, "a.jpg"),
    { ...newPhoto(4, "z.jpg"), state: "failed" },
    newPhoto(5, "c.jpg"),
  ];
}

const ids = (list) => list.map(({ id }) => id);

test("a photo is filed under its largest face", () => {
  assert.deepEqual(photos().map(kindOf), ["happy", "sad", "none", "failed", "pending"]);
  assert.equal(count(photos()).get("happy"), 1);
});

test("every face is counted, and files without one", () => {
  const expected = { happy: 1, sad: 2, none: 1, failed: 1, pending: 1 };
  assert.deepEqual(Object.fromEntries(count(photos())), expected);
  assert.equal(progressOf(photos()).faces, 3);
});

test("a photo is shown for any of its faces", () => {
  assert.deepEqual(ids(arrange(photos(), { kind: "sad", sort: "added" })), [1, 2, 5]);
  assert.deepEqual(ids(arrange(photos(), { kind: "sad", sort: "sure" })), [1, 2, 5]);
  assert.deepEqual(ids(arrange(photos(), { kind: "happy", sort: "sure" })), [1, 5]);
});

test("a filter leaves unfinished photos in sight", () => {
  assert.deepEqual(ids(arrange(photos(), { kind: "happy", sort: "added" })), [1, 5]);
  assert.deepEqual(ids(arrange(photos(), { kind: "all", sort: "added" })), [1, 2, 3, 4, 5]);
});

test("names are sorted as people count, certainty from the surest", () => {
  assert.deepEqual(ids(arrange(photos(), { kind: "all", sort: "name" })), [3, 2, 1, 5, 4]);
  assert.deepEqual(ids(arrange(photos(), { kind: "all", sort: "sure" })), [1, 2, 3, 4, 5]); // by any face
  assert.deepEqual(ids(arrange(photos(), { kind: "all", sort: "expression" })), [4, 1, 3, 5, 2]);
});

test("a change touches one photo and leaves the list as it was", () => {
  const before = photos();
  const after = change(before, 5, { state: "sending", sent: 0.5 });
  assert.equal(after[4].sent, 0.5);
  assert.equal(before[4].sent, 0);
  assert.equal(after[0], before[0]);
});

test("progress counts what is finished and what failed", () => {
  const expected = { total: 5, videos: 0, faces: 3, finished: 4, failed: 1, busy: true };
  assert.deepEqual(progressOf(photos()), expected);
  assert.equal(progressOf(photos().slice(0, 4)).busy, false);
  assert.equal(progressOf([newPhoto(1, "a.jpg"), newPhoto(2, "b.mp4", true)]).videos, 1);
});

test("CSV has a row per face, quotes what needs it, and the columns of the command line", () => {
  const odd = {
    ...newPhoto(1, "x"),
    state: "done",
    result: result('a,"b".jpg', face("happy", 0.7), face("sad", 0.3)),
  };
  const none = { ...newPhoto(2, "y"), state: "done", result: result("y") };
  assert.deepEqual(toCsv([odd, none, newPhoto(3, "z")], LABELS).split("\n"), [
    "name,width,height,turned,hints,t_s,face,x,y,w,h,label,confidence,state,happy,sad,error",
    '"a,""b"".jpg",8,6,0,,,1,0.1,0.2,0.3,0.4,happy,0.7,sure,0.7,0.3,',
    '"a,""b"".jpg",8,6,0,,,2,0.1,0.2,0.3,0.4,sad,0.3,sure,0.7,0.3,',
    "y,8,6,0,,,,,,,,,,,,,",
    "",
  ]);
});

test("JSON is what the HTTP API would have said of all", () => {
  assert.deepEqual(
    JSON.parse(toJson(photos())).results.map(({ name }) => name),
    ["b10.jpg", "b9.jpg", "a.jpg"],
  );
  const previewed = { ...photos()[0], result: { ...photos()[0].result, preview: "data:," } };
  assert.doesNotMatch(toJson([previewed]), /preview/);
});
