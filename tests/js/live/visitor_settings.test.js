import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFAULTS,
  differsFromServer,
  forServer,
  readChoices,
  recall,
  remember,
} from "../../../static/js/live/visitor_settings.js";

function fakeStorage(content = {}) {
  return {
    content,
    getItem: (key) => content[key] ?? null,
    setItem: (key, value) => void (content[key] = value),
  };
}

test("what is remembered comes back", () => {
  const storage = fakeStorage();
  const choices = { ...DEFAULTS, mirror: false, resolution: 320, smoothing_s: 0.8, camera: "abc" };
  remember(storage, choices);
  assert.deepEqual(recall(storage), choices);
});

for (const [name, stored] of Object.entries({
  nothing: null,
  text: "x",
  "a list": [1],
  "other types": {
    camera: 5,
    resolution: "640",
    mirror: "yes",
    smoothing_s: "1",
    min_confidence: NaN,
    detect_side: {},
    strength: "much",
  },
  "an unknown resolution and name": { resolution: 99, volume: 11 },
})) {
  test(`what makes no sense is left out: ${name}`, () => assert.deepEqual(readChoices(stored), DEFAULTS));
}

test("a part that makes sense is kept beside one that does not", () => {
  assert.deepEqual(readChoices({ mirror: false, resolution: 99 }), { ...DEFAULTS, mirror: false });
});

test("forbidden or broken storage gives the defaults and harms nothing", () => {
  assert.deepEqual(recall(null), DEFAULTS);
  assert.deepEqual(recall(fakeStorage({ "countenance.live": "{" })), DEFAULTS);
  remember(null, DEFAULTS);
});

test("the server hears only of what is its business, and only if there is something", () => {
  const choices = { ...DEFAULTS, mirror: false, min_confidence: 0.7, strength: 0 };
  const told = { smoothing_s: null, min_confidence: 0.7, detect_side: null, strength: 0 };
  assert.deepEqual(forServer(choices), told);
  assert.equal(differsFromServer(choices), true);
  assert.equal(differsFromServer({ ...DEFAULTS, mirror: false }), false);
});
