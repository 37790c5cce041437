import assert from "node:assert/strict";
import { test } from "node:test";
import { choseOnlyFaces, createCaptureByChoice } from "../../../../static/js/camera/face_finder/choice.js";

const HELLO = {
  crop: { size: 48 },
  detect_threshold: 0.65,
  limits: { max_faces: 16 },
  settings: { detect_side: 384 },
};

/** A page whose visitor may change their mind, and what was captured on it. */
function makePage({ onlyFaces, load } = {}) {
  const page = { onlyFaces, loads: 0, questions: [], frames: 0, detectSide: null, duringFrame: () => {} };
  const createFaceCapture =
    (video, { question }) =>
    async () => {
      page.questions.push(question());
      return { faces: {}, capturedAt: 1 };
    };
  const choice = createCaptureByChoice(
    {},
    async () => {
      page.frames += 1;
      page.duringFrame();
      return { jpeg: new ArrayBuffer(1), capturedAt: 1 };
    },
    {
      onlyFaces: () => page.onlyFaces,
      longestSide: () => 640,
      detectSide: () => page.detectSide,
      numShown: () => 2,
      load: load ?? (async () => ((page.loads += 1), { createFaceCapture })),
    },
  );
  return Object.assign(page, choice);
}

test("without the choice frames are sent and nothing is loaded", async () => {
  const page = makePage({ onlyFaces: false });
  assert.ok("jpeg" in (await page.capture()));
  assert.equal(page.loads, 0);
});

test("with the choice no frame is ever encoded, and what finds faces is loaded once", async () => {
  const page = makePage({ onlyFaces: true });
  for (let time = 0; time < 3; time += 1) assert.ok("faces" in (await page.capture()));
  assert.deepEqual([page.loads, page.frames], [1, 0]);
});

test("a picture that was being made when the visitor chose is not sent", async () => {
  const page = makePage({ onlyFaces: false });
  page.duringFrame = () => (page.onlyFaces = true);
  await assert.rejects(page.capture(), { code: "preparing" });
});

test("what cannot be loaded is a problem that is tried again, never a frame", async () => {
  let loads = 0;
  const page = makePage({
    onlyFaces: true,
    load: async () => {
      loads += 1;
      throw new Error("offline");
    },
  });
  const { warn } = console;
  console.warn = () => {};
  for (let time = 0; time < 2; time += 1)
    await assert.rejects(page.capture(), { code: "no_face_finder", retryAfterMs: 3000 });
  console.warn = warn;
  assert.deepEqual([loads, page.frames], [2, 0]);
});

test("faces are cut by the rules that the server said last", async () => {
  const page = makePage({ onlyFaces: true });
  await page.capture();
  page.takeHello(HELLO);
  await page.capture();
  page.detectSide = 256;
  await page.capture();
  const rule = { crop: { size: 48 }, detectThreshold: 0.65, maxFaces: 16 };
  assert.deepEqual(page.questions, [
    null,
    { rule, maxSide: 384, numShown: 2 },
    { rule, maxSide: 256, numShown: 2 },
  ]);
});

test("the choice that is remembered counts before the operator's", () => {
  const stored = (value) => ({ getItem: () => JSON.stringify(value), setItem() {} });
  assert.equal(choseOnlyFaces(stored({ only_faces: false }), true), false);
  assert.equal(choseOnlyFaces(stored({ only_faces: true }), false), true);
  for (const nothing of [null, stored(null), stored({ only_faces: "yes" }), stored({ only_faces: null })])
    for (const byDefault of [true, false]) assert.equal(choseOnlyFaces(nothing, byDefault), byDefault);
});
