import assert from "node:assert/strict";
import { test } from "node:test";
import {
  baselineFor,
  KEY,
  readFace,
  recallFace,
  rememberFace,
} from "../../../static/js/shared/resting_face.js";

function fakeStore(content = {}) {
  return {
    content,
    getItem: (key) => content[key] ?? null,
    setItem: (key, value) => void (content[key] = value),
    removeItem: (key) => void delete content[key],
  };
}

const FACE = { model: "m", probs: { happy: 0.1, neutral: 0.9 }, strength: 0.3 };
const HELLO = { model: { name: "m" }, limits: { baseline: true } };

test("it lasts as long as the tab unless it is to be kept", () => {
  const stores = { tab: fakeStore(), browser: fakeStore() };
  rememberFace(stores, FACE, false);
  assert.deepEqual(recallFace(stores), { face: FACE, isKept: false });
  assert.deepEqual(stores.browser.content, {});
  rememberFace(stores, FACE, true);
  assert.deepEqual(recallFace(stores), { face: FACE, isKept: true });
  assert.deepEqual(stores.tab.content, {});
});

test("deleted, it is gone from both", () => {
  const stores = { tab: fakeStore(), browser: fakeStore() };
  rememberFace(stores, FACE, true);
  stores.tab.setItem(KEY, JSON.stringify(FACE));
  rememberFace(stores, null, true);
  assert.equal(recallFace(stores), null);
  assert.deepEqual([stores.tab.content, stores.browser.content], [{}, {}]);
});

test("without storage there is none, and nothing breaks", () => {
  rememberFace({ tab: null, browser: null }, FACE, true);
  assert.equal(recallFace({ tab: null, browser: null }), null);
});

for (const [name, value] of Object.entries({
  nothing: null,
  text: "x",
  "no model": { probs: FACE.probs },
  "no numbers": { model: "m", probs: { happy: "0.1", neutral: 0.9 } },
  "shares beyond 1": { model: "m", probs: { happy: -0.5, neutral: 1.5 } },
  "another sum": { model: "m", probs: { happy: 0.5, neutral: 0.9 } },
  "no labels": { model: "m", probs: {} },
}))
  test(`what is stored is not believed: ${name}`, () => assert.equal(readFace(value), null));

test("a strength that cannot be, or of an earlier page, is none", () => {
  for (const strength of [undefined, "0.3", 7]) assert.equal(readFace({ ...FACE, strength }).strength, null);
});

test("it goes only to a server with the model that it is of", () => {
  const stores = { tab: fakeStore({ [KEY]: JSON.stringify(FACE) }), browser: fakeStore() };
  assert.deepEqual(baselineFor(stores, HELLO), { baseline: FACE.probs, baseline_strength: 0.3 });
  assert.equal(baselineFor(stores, null), null);
  assert.equal(baselineFor(stores, { ...HELLO, model: { name: "other" } }), null);
  assert.equal(baselineFor(stores, { ...HELLO, limits: {} }), null); // an older server
});
