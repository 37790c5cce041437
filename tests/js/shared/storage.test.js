import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { browserStorage, fileName, readStored, writeStored } from "../../../static/js/shared/storage.js";

const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
afterEach(() => {
  if (before) Object.defineProperty(globalThis, "localStorage", before);
  else delete globalThis.localStorage;
});

test("forbidden storage is no storage", () => {
  const get = () => {
    throw new DOMException("denied", "SecurityError");
  };
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get });
  assert.equal(browserStorage(), null);
});

test("a value comes back as it was written", () => {
  const content = new Map();
  const store = {
    getItem: (key) => content.get(key) ?? null,
    setItem: (key, text) => content.set(key, text),
  };
  assert.equal(readStored(store, "a"), null);
  writeStored(store, "a", { volume: 0.5 });
  assert.deepEqual(readStored(store, "a"), { volume: 0.5 });
});

test("what is not JSON, and a store that refuses, harm nothing", () => {
  const refuse = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  assert.equal(readStored({ getItem: () => "{", setItem: refuse }, "a"), null);
  for (const store of [null, { getItem: refuse, setItem: refuse }]) {
    writeStored(store, "a", 1);
    assert.equal(readStored(store, "a"), null);
  }
});

test("names of files sort by time", () => {
  assert.equal(fileName("csv", new Date(2026, 0, 2, 3, 4, 5)), "countenance-2026-01-02-030405.csv");
});
