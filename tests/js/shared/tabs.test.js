import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTab } from "../../../static/js/shared/tabs.js";

for (const [key, at, to] of [
  ["ArrowRight", 0, 1],
  ["ArrowRight", 2, 0],
  ["ArrowLeft", 0, 2],
  ["ArrowLeft", 1, 0],
  ["Home", 2, 0],
  ["End", 0, 2],
  ["a", 1, null],
  ["Tab", 1, null],
]) {
  test(`${key} on tab ${at} of 3 goes to ${to}`, () => assert.equal(nextTab(key, at, 3), to));
}
