import assert from "node:assert/strict";
import { test } from "node:test";
import { likelihood, percent, readingOf, statusOf } from "../../../static/js/shared/words.js";

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
  ["another camera was chosen", { phase: "switching" }, "switching"],
  ["camera covered or taken", { muted: true }, "no_picture"],
  ["no picture to send", { problem: { code: "no_picture", message: "" } }, "no_picture"],
  ["a fault of the page", { problem: { code: "unexpected", message: "x is undefined" } }, "unexpected"],
  ["server busy", { problem: { code: "server_busy", message: "" } }, "server_busy"],
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

test("a probability has the words of the IPCC's scale", () => {
  const words = [0.9, 0.899, 0.66, 0.659, 0.33, 0.329].map(likelihood);
  assert.deepEqual(words, [
    "very likely",
    "likely",
    "likely",
    "about as likely as not",
    "about as likely as not",
    "unlikely",
  ]);
});

test("only what a face does may pass from frame to frame", () => {
  assert.equal(statusOf(running).passing, true);
  for (const change of [{ link: "down" }, { hidden: true }, { reply: null }]) {
    assert.equal(statusOf({ ...running, ...change }).passing, undefined);
  }
});
