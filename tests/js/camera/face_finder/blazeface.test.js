import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createDetector,
  decode,
  fitIntoInput,
  makeAnchors,
  merge,
} from "../../../../static/js/camera/face_finder/blazeface.js";
import { picture, vectors } from "./vectors.js";

/** @type {(found: number[], expected: number[], gap: number) => void} */
function assertClose(found, expected, gap) {
  assert.equal(found.length, expected.length);
  found.forEach((value, index) =>
    assert.ok(Math.abs(value - expected[index]) <= gap, `${value} is not ${expected[index]}`),
  );
}

for (const expected of vectors.inputs)
  test(`a part of ${expected.region[2]} x ${expected.region[3]} pixels fits into the network as on the server`, () => {
    const [left, top, width, height] = expected.region;
    const { input, size, scale, corner } = fitIntoInput(
      picture(),
      { left, top, width, height },
      expected.side,
    );
    assert.deepEqual([size.width, size.height], expected.size);
    assert.deepEqual(corner, expected.corner);
    assertClose(scale, expected.scale, 1e-12);
    const rows = new Array(size.height).fill(0);
    const columns = new Array(size.width).fill(0);
    input.forEach((value, index) => {
      const level = (value + 1) * 127.5;
      rows[Math.floor(index / 3 / size.width)] += level;
      columns[Math.floor(index / 3) % size.width] += level;
    });
    assertClose(rows, expected.rows, 24); // a level of difference here and there
    assertClose(columns, expected.columns, 24);
  });

test("anchors lie where the network has them", () => {
  for (const [name, { num, some }] of Object.entries(vectors.anchors)) {
    const [width, height] = name.split(" x ").map(Number);
    const anchors = makeAnchors({ width, height });
    assert.equal(anchors.length, 2 * num);
    const step = Math.floor(num / 24);
    some.forEach((centre, index) => {
      const at = 2 * step * index;
      assert.deepEqual([...anchors.subarray(at, at + 2)], centre);
    });
  }
});

test("candidates of one face are joined as on the server, and a mouth inside it is dropped", () => {
  const { logits, offsets, anchors, min_score: minScore, faces } = vectors.merges;
  const candidates = decode(...[logits, offsets, anchors].map((one) => Float32Array.from(one)), minScore);
  const found = merge(candidates);
  assert.equal(found.length, faces.length);
  found.forEach(({ box: { x, y, w, h }, score, eyes }, index) => {
    assertClose([x + w / 2, y + h / 2, w, h, ...eyes.flat()], faces[index].points, 1e-3);
    assertClose([score], [faces[index].score], 1e-6);
  });
});

/** A network that sees a face of 40 x 40 pixels of its input at some anchor, with a score by its input's width. */
function fakeNetwork(scores, seen = []) {
  return async (input, size) => {
    seen.push(size.width);
    const num = makeAnchors(size).length / 2;
    const logits = new Float32Array(num).fill(-9);
    const offsets = new Float32Array(16 * num);
    const score = scores[size.width];
    if (score) {
      const anchor = size.width + 16; // in the second row and a half of cells, two anchors each
      logits[anchor] = Math.log(score / (1 - score));
      offsets.set([0, 20, 40, 40, -10, 12, 10, 12], 16 * anchor); // 20 below the anchor's cell
    }
    return { logits, offsets };
  };
}

test("a search goes on with other sizes until a face is certain", async () => {
  const image = picture({ width: 512, height: 384 });
  for (const [scores, sizes, num] of [
    [{ 256: 0.9 }, [256], 1],
    [{ 256: 0.68, 128: 0.9 }, [256, 128], 2],
    [{}, [256, 128, 384], 0],
  ]) {
    const seen = [];
    const faces = await createDetector(fakeNetwork(scores, seen), 0.65).detect(image, 384);
    assert.deepEqual([seen, faces.length], [sizes, num]);
  }
  const seen = [];
  await createDetector(fakeNetwork({}, seen), 0.65).detect(image, 256);
  assert.deepEqual(seen, [256, 128]);
});

test("a found face lies in pixels of the image", async () => {
  const image = picture({ width: 512, height: 384 });
  const [{ box, eyes }] = await createDetector(fakeNetwork({ 256: 0.9 }), 0.65).detect(image, 256);
  // Anchor 272 of 64 a row: row 4, cell 8 of 8 pixels; twice as many of the image.
  assertClose([box.x, box.y, box.w, box.h], [96, 72, 80, 80], 1e-9);
  assertClose(eyes.flat(), [116, 96, 156, 96], 1e-9);
});

test("a face is followed only where it is certain and overlaps its last place", async () => {
  const image = picture({ width: 512, height: 384 });
  const known = { box: { x: 60, y: 60, w: 60, h: 60 }, score: 0.9, eyes: [] };
  const run = fakeNetwork({ 128: 0.9 });
  // Around (90, 90) 132 pixels are looked at, at 128: the face is at (68, 56), 40 wide.
  const [{ box }] = (await createDetector(run, 0.65).follow(image, [known])) ?? [{ box: {} }];
  assert.ok(Math.abs(box.w - (40 * 132) / 128) < 1e-6);
  assert.equal(await createDetector(fakeNetwork({ 128: 0.69 }), 0.65).follow(image, [known]), null);
  assert.equal(await createDetector(run, 0.65).follow(image, [known, known]), null); // one face cannot be two
  const outside = { ...known, box: { x: -900, y: 60, w: 60, h: 60 } };
  assert.equal(await createDetector(run, 0.65).follow(image, [outside]), null);
});
