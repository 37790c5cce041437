import assert from "node:assert/strict";
import { test } from "node:test";
import {
  expressionOf,
  likelihood,
  percent,
  portion,
  readingOf,
  statusOf,
} from "../../../static/js/shared/words.js";

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

for (const [name, change, code] of [
  ["before the start", { phase: "idle" }, "idle"],
  ["while the browser asks", { phase: "starting" }, "starting"],
  ["permission refused", { phase: "idle", cameraProblem: "denied" }, "denied"],
  ["hidden tab, even without a server", { hidden: true, link: "down" }, "paused"],
  ["before the first connection", { link: "connecting" }, "connecting"],
  ["server gone", { link: "down" }, "disconnected"],
  ["readings paused by the visitor", { held: true, link: "down" }, "held"],
  ["another camera was chosen", { phase: "switching" }, "switching"],
  ["camera covered or taken", { muted: true }, "no_picture"],
  ["no picture to send", { problem: { code: "no_picture", message: "" } }, "no_picture"],
  ["a fault of the page", { problem: { code: "unexpected", message: "x is undefined" } }, "unexpected"],
  ["server busy", { pace: { reason: "server_busy", perSecond: 2 } }, "server_busy"],
  [
    "server busy, no reading yet",
    { reply: null, pace: { reason: "server_busy", perSecond: 2 } },
    "server_busy",
  ],
  ["slow connection", { pace: { reason: "slow_connection", perSecond: 1 } }, "slow_connection"],
  [
    "server busy, no face",
    { reply: { faces: [] }, pace: { reason: "server_busy", perSecond: 2 } },
    "no_face",
  ],
  [
    "server busy, and so small frames",
    { reply: { faces: [face], hints: ["too_small"] }, pace: { reason: "server_busy", perSecond: 2 } },
    "server_busy",
  ],
  ["neither busy nor slow", { pace: { reason: null, perSecond: null } }, "reading"],
  ["no answer", { problem: { code: "timeout", message: "" } }, "timeout"],
  ["no reply yet", { reply: null }, "waiting"],
  ["no face", { reply: { faces: [], hints: [] } }, "no_face"],
  ["too dark for a face", { reply: { faces: [], hints: ["too_dark"] } }, "too_dark"],
  ["dark, with a face", { reply: { faces: [face], hints: ["too_dark"] } }, "too_dark"],
  ["small face", { reply: { faces: [face], hints: ["too_small"] } }, "too_small"],
  ["several faces", { reply: { faces: [face, face], hints: [] } }, "several"],
  ["one face", {}, "reading"],
  ["an older server without hints", { reply: { faces: [face] } }, "reading"],
]) {
  test(`status: ${name}`, () => {
    const status = statusOf({ ...running, ...change });
    assert.equal(status.code, code);
    assert.ok(status.text.length > 5);
  });
}

test("a low rate is said calmly, in whole numbers", () => {
  const say = (perSecond, reason = "server_busy") =>
    statusOf({ ...running, pace: { reason, perSecond } }).text;
  assert.equal(say(2), "The server is busy: reading 2 times a second.");
  assert.equal(say(1), "The server is busy: reading about once a second.");
  assert.equal(say(1 / 2), "The server is busy: reading every 2 seconds.");
  assert.equal(say(1 / 3), "The server is busy: reading every 3 seconds.");
  assert.equal(say(null), "The server is busy. Reading goes on, more slowly.");
  assert.equal(say(1, "slow_connection"), "The connection is slow: reading about once a second.");
  const { kind, passing } = statusOf({ ...running, pace: { reason: "server_busy", perSecond: 2 } });
  assert.deepEqual([kind, passing], ["idle", true]);
});

test("an unknown refusal is shown in the server's own words", () => {
  const status = statusOf({
    ...running,
    problem: { code: "not_an_image", message: "The JPEG is cut short." },
  });
  assert.deepEqual(status, { code: "not_an_image", kind: "problem", text: "The JPEG is cut short." });
});

test("a reading names the expression, or admits that it is unsure", () => {
  assert.deepEqual(readingOf(face), { state: "sure", label: "happy", detail: "likely, 80 %" });
  assert.deepEqual(readingOf({ label: "disgust", confidence: 0.38, state: "unsure" }), {
    state: "unsure",
    label: "unsure",
    detail: "perhaps disgusted, 38 %",
  });
  assert.equal(readingOf(undefined).state, "none");
  assert.equal(percent(0.005), "1 %");
});

test("no reading is certain, so no probability is 100 %; a share of a time may be the whole", () => {
  assert.deepEqual([0.994, 0.996, 1].map(percent), ["99 %", "99 %", "99 %"]);
  assert.equal(portion(1), "100 %");
  assert.equal(readingOf({ ...face, confidence: 0.9998 }).detail, "very likely, 99 %");
});

test("a high probability has the words of the IPCC's scale; a lower one names what else it could be", () => {
  assert.deepEqual([0.9, 0.899, 0.66, 0.659].map(likelihood), ["very likely", "likely", "likely", null]);
  const say = (probs) => readingOf({ label: "fear", confidence: 0.65, state: "sure", probs }).detail;
  assert.equal(say({ fear: 0.65, surprise: 0.21, sad: 0.14 }), "65 %, could also be surprised");
  assert.equal(say({ fear: 0.65, surprise: 0.19, sad: 0.16 }), "65 %");
  assert.equal(say(undefined), "65 %");
});

test("several faces: which one is shown, and how to change it where one can", () => {
  const faces = [
    { ...face, slot: 1 },
    { ...face, slot: 0 },
  ];
  const say = (canChoose) => statusOf({ ...running, canChoose, reply: { faces } }).text;
  assert.equal(say(true), "2 faces. Showing number 2; tap another to switch.");
  assert.equal(say(false), "2 faces. Reading number 2.");
});

test("only what a face does may pass from frame to frame", () => {
  assert.equal(statusOf(running).passing, true);
  for (const change of [{ link: "down" }, { hidden: true }, { reply: null }]) {
    assert.equal(statusOf({ ...running, ...change }).passing, undefined);
  }
});

test("what is plain beside the resting face alone is said with care", () => {
  const slight = { label: "happy", confidence: 0.72, state: "sure", slight: true };
  assert.deepEqual(readingOf(slight), {
    state: "sure",
    label: "a slight smile",
    detail: "72 %, compared with your resting face",
  });
  assert.equal(expressionOf({ label: "angry", slight: true }), "a little tense");
  assert.equal(expressionOf({ label: "angry", slight: false }), "angry");
  assert.equal(expressionOf({ label: "neutral", slight: true }), "neutral");
  assert.equal(readingOf({ ...slight, state: "unsure" }).label, "unsure");
});
