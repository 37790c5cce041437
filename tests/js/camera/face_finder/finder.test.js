import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnchors } from "../../../../static/js/camera/face_finder/blazeface.js";
import { createFinder, refine } from "../../../../static/js/camera/face_finder/finder.js";
import { picture } from "./vectors.js";

const crop = { shape: "square", margin: 0, align: false, rise: 0, size: 48 };
const rule = { crop, detectThreshold: 0.65, maxFaces: 4 };
const image = picture({ width: 256, height: 192 });

/** A network that sees a face of 40 x 40 input pixels in the middle of whatever it is shown. */
function fakeNetwork() {
  const state = { score: 0.95, sizes: [] };
  return {
    state,
    run: async (_, size) => {
      state.sizes.push(size.width);
      const anchors = makeAnchors(size);
      const logits = new Float32Array(anchors.length / 2).fill(-9);
      const offsets = new Float32Array(8 * anchors.length);
      logits[0] = Math.log(state.score / (1 - state.score));
      const [x, y] = [size.width / 2 - anchors[0], size.height / 2 - anchors[1]];
      offsets.set([x, y, 40, 40, x - 10, y - 8, x + 10, y - 8]);
      return { logits, offsets };
    },
  };
}

/** Asks for the faces of the same image at some times; returns the widths of the inputs at each of them. */
async function looks(network, questions) {
  const finder = createFinder(network.run);
  const seen = [];
  for (const question of questions) {
    network.state.sizes = [];
    await finder.find(question.image ?? image, { rule, maxSide: 384, numShown: 1, ...question });
    seen.push(network.state.sizes.join());
  }
  return seen;
}

test("a found face is looked at closely, followed, and searched for again after 1 s where nothing moves", async () => {
  const questions = [0, 100, 299, 300, 500, 600, 999, 1000, 1001].map((now) => ({ now }));
  const seen = ["256,128", "128", "128", "128", "128", "128", "128", "256,128", "128"];
  assert.deepEqual(await looks(fakeNetwork(), questions), seen);
});

test("a slow page follows six frames before it searches again", async () => {
  const questions = [0, 1, 2, 3, 4, 5, 6, 7].map((second) => ({ now: 1000 * second }));
  const seen = ["256,128", "128", "128", "128", "128", "128", "128", "256,128"];
  assert.deepEqual(await looks(fakeNetwork(), questions), seen);
});

test("something that moves at the edge makes the frame searched after 0.3 s", async () => {
  const moved = picture({ width: 256, height: 192 });
  for (let y = 0; y < 64; y += 1) moved.data.fill(255, 4 * 256 * y, 4 * (256 * y + 32));
  const questions = [{ now: 0 }, { now: 90 }, { now: 180 }, { now: 310 }, { now: 320, image: moved }];
  assert.deepEqual(await looks(fakeNetwork(), questions), ["256,128", "128", "128", "128", "256,128"]);
});

test("an empty room is searched every 0.3 s where nothing moves", async () => {
  const network = fakeNetwork();
  network.state.score = 0.1;
  const questions = [0, 100, 299, 300].map((now) => ({ now, numShown: 0, maxSide: 256 }));
  assert.deepEqual(await looks(network, questions), ["256,128", "", "", "256,128"]);
});

test("a person who may come or go makes the whole frame searched", async () => {
  const questions = [{ now: 0 }, { now: 10, numShown: 2 }, { now: 20, numShown: 0 }];
  assert.deepEqual(await looks(fakeNetwork(), questions), ["256,128", "256,128", "256,128"]);
});

test("faces are not followed into an image of another size", async () => {
  const other = picture({ width: 128, height: 96 });
  assert.deepEqual(await looks(fakeNetwork(), [{ now: 0 }, { now: 10, image: other }]), [
    "256,128",
    "256,128",
  ]);
});

test("a followed face that is not certain makes the whole frame searched", async () => {
  const network = fakeNetwork();
  const finder = createFinder(network.run);
  const ask = (now) => finder.find(image, { rule, maxSide: 256, numShown: 1, now });
  await ask(0);
  network.state.score = 0.68;
  network.state.sizes = [];
  const found = await ask(10);
  assert.deepEqual(network.state.sizes, [128, 256, 128, 128]); // followed, both searches, the closer look
  assert.equal(found.boxes.length, 1);
});

test("boxes are shares of the image, crops have the card's size, and hints come along", async () => {
  const finder = createFinder(fakeNetwork().run);
  const question = { rule, maxSide: 384, numShown: 0, now: 0 };
  const { boxes, crops, hints } = await finder.find(image, question);
  assert.equal(boxes.length, 1);
  const [x, y, w, h] = boxes[0];
  assert.ok(Math.abs(x + w / 2 - 0.5) < 0.02 && Math.abs(y + h / 2 - 0.5) < 0.02);
  assert.equal(crops.length, 48 * 48);
  assert.deepEqual(hints, ["too_small"]);
});

test("no more faces are sent than the server reads", async () => {
  const finder = createFinder(fakeNetwork().run);
  const question = { rule: { ...rule, maxFaces: 0 }, maxSide: 384, numShown: 0, now: 0 };
  assert.deepEqual((await finder.find(image, question)).boxes, []);
});

const face = (score, x = 0) => ({ box: { x, y: 0, w: 9, h: 9 }, score, eyes: [] });

/** A detector whose closer look finds some faces again, moved by one pixel. */
function fakeDetector(found) {
  const asked = [];
  return {
    asked,
    follow: async (_, [one]) => {
      asked.push(one);
      return found.includes(one) ? [{ ...one, box: { ...one.box, x: one.box.x + 1 } }] : null;
    },
  };
}

test("a doubtful face beside a certain one must stand the closer look, which happens once", async () => {
  const [certain, doubtful, phantom] = [face(0.97), face(0.8, 50), face(0.8, 90)];
  const detector = fakeDetector([certain, doubtful]);
  const refined = await refine(detector, image, [certain, doubtful, phantom]);
  assert.deepEqual(
    refined.map(({ box }) => box.x),
    [1, 51],
  );
  assert.equal(detector.asked.length, 3);
});

test("where no face is certain all count, and of many the boxes stay those of the search", async () => {
  const faces = [face(0.8), face(0.7, 50), face(0.7, 90)];
  assert.deepEqual(await refine(fakeDetector([]), image, faces), faces);
  assert.deepEqual(await refine(fakeDetector([]), image, faces.slice(0, 2)), faces.slice(0, 2));
});
