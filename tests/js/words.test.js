import assert from "node:assert/strict";
import { test } from "node:test";
import { obstacle, problemOf } from "../../static/js/camera.js";
import { CAMERA_PROBLEMS, percent, readingOf, statusOf } from "../../static/js/words.js";

const face = { label: "happy", confidence: 0.8, state: "sure" };
const running = {
  phase: "running",
  cameraProblem: null,
  connected: true,
  hidden: false,
  serverProblem: null,
  reply: { faces: [face], hints: [] },
};

for (const [name, change, code] of [
  ["before the start", { phase: "idle" }, "idle"],
  ["while the browser asks", { phase: "starting" }, "starting"],
  ["permission refused", { phase: "idle", cameraProblem: "denied" }, "denied"],
  ["hidden tab, even without a server", { hidden: true, connected: false }, "paused"],
  ["server gone", { connected: false }, "disconnected"],
  ["server busy", { serverProblem: { code: "server_busy", message: "" } }, "server_busy"],
  ["no answer", { serverProblem: { code: "timeout", message: "" } }, "timeout"],
  ["no reply yet", { reply: null }, "waiting"],
  ["no face", { reply: { faces: [], hints: [] } }, "no_face"],
  ["too dark for a face", { reply: { faces: [], hints: ["too_dark"] } }, "too_dark"],
  ["dark, with a face", { reply: { faces: [face], hints: ["too_dark"] } }, "too_dark"],
  ["small face", { reply: { faces: [face], hints: ["too_small"] } }, "too_small"],
  ["several faces", { reply: { faces: [face, face], hints: [] } }, "several"],
  ["one face", {}, "reading"],
]) {
  test(`status: ${name}`, () => {
    const status = statusOf({ ...running, ...change });
    assert.equal(status.code, code);
    assert.ok(status.text.length > 5);
  });
}

test("an unknown refusal is shown in the server's own words", () => {
  const status = statusOf({ ...running, serverProblem: { code: "not_an_image", message: "The JPEG is cut short." } });
  assert.deepEqual(status, { code: "not_an_image", kind: "problem", text: "The JPEG is cut short." });
});

test("a reading names the expression, or admits that it is unsure", () => {
  assert.deepEqual(readingOf(face), { state: "sure", label: "happy", detail: "80 % probable" });
  assert.deepEqual(readingOf({ label: "disgust", confidence: 0.38, state: "unsure" }), {
    state: "unsure",
    label: "unsure",
    detail: "perhaps disgusted, 38 %",
  });
  assert.equal(readingOf(undefined).state, "none");
  assert.equal(percent(0.005), "1 %");
});

test("every way in which a camera can fail has a sentence that says what to do", () => {
  const names = ["NotAllowedError", "SecurityError", "NotFoundError", "OverconstrainedError", "NotReadableError", "AbortError", "Odd"];
  const codes = names.map((name) => problemOf({ name }));
  assert.deepEqual(codes, ["denied", "denied", "missing", "missing", "busy", "busy", "failed"]);
  for (const code of [...codes, "insecure", "unsupported", "unplugged"]) assert.match(CAMERA_PROBLEMS[code], /\. /);
});

test("a camera needs a secure page and a browser that knows cameras", () => {
  assert.equal(obstacle({ isSecureContext: false, navigator: {} }), "insecure");
  assert.equal(obstacle({ isSecureContext: true, navigator: {} }), "unsupported");
  assert.equal(obstacle({ isSecureContext: true, navigator: { mediaDevices: {} } }), null);
});
