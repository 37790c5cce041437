import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraText } from "../../../static/js/music/mood/mood_view.js";
import { statusOf } from "../../../static/js/shared/words.js";

const face = { label: "happy", confidence: 0.8, state: "sure" };
const running = {
  phase: "running",
  cameraProblem: null,
  muted: false,
  link: "up",
  hidden: false,
  problem: null,
  reply: { faces: [face], hints: [] },
};
const busy = { ...running, pace: { reason: "server_busy", perSecond: 2 } };
const say = (facts, following = true) => cameraText(facts, statusOf(facts), following);

test("the camera's words name the expression, and the rate while the server is busy", () => {
  assert.equal(say(running), "It reads: happy");
  assert.equal(say(busy), "The server is busy: reading 2 times a second.");
  assert.equal(say({ ...busy, pace: { reason: null, perSecond: null } }), "It reads: happy");
});

test("a camera that waits for the visitor says so, however busy the server is", () => {
  assert.equal(say(busy, false), "You have set the mood yourself; the camera waits.");
  assert.equal(say({ ...busy, phase: "idle" }), "");
});
