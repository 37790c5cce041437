import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnnouncer } from "../../../static/js/live/announcer.js";
import { createEased } from "../../../static/js/live/eased.js";

test("a change glides and has arrived after about 150 ms; the sum stays", () => {
  const eased = createEased(() => false);
  eased.step([1, 0], 0);
  let [now, step] = [1000, eased.step([0, 1], 1000)];
  assert.ok(step.values[0] > 0.4);
  for (; now <= 1130; now += 16) {
    step = eased.step([0, 1], now);
    assert.ok(Math.abs(step.values[0] + step.values[1] - 1) < 1e-9);
  }
  assert.ok(step.values[0] < 0.06);
  while (!step.isDone) step = eased.step([0, 1], (now += 16));
  assert.deepEqual(step.values, [0, 1]);
});

test("with less motion, and from nothing, values jump", () => {
  const eased = createEased(() => true);
  assert.deepEqual(eased.step([1], 0), { values: [1], isDone: true });
  assert.deepEqual(eased.step([0], 16), { values: [0], isDone: true });
  assert.deepEqual(createEased(() => false).step([0.5], 0), { values: [0.5], isDone: true });
  assert.deepEqual(eased.step(null, 32), { values: null, isDone: true });
});

test("a live region speaks of changes, at most every 2.5 s, and again of what came back", () => {
  const said = [];
  const announcer = createAnnouncer({
    set textContent(text) {
      said.push(text);
    },
  });
  announcer.expression("happy", 0);
  announcer.expression("happy", 3000);
  announcer.status("No face", 3100);
  announcer.status("Too dark", 3200);
  announcer.status("Too dark", 5700);
  announcer.status(null, 6000);
  announcer.status("Too dark", 9000);
  assert.deepEqual(said, ["happy", "No face", "Too dark", "Too dark"]);
});
