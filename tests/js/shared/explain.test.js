import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, explanationWords, heatColor } from "../../../static/js/shared/explain.js";

const question = { image: new Blob(["jpeg"]), box: [0.1, 0.2, 0.3, 0.4], label: "happy" };
const busy = { ok: false, body: { code: "server_busy", detail: "Busy.", retry_after_ms: 70 } };
const good = { ok: true, body: { label: "happy", heat: [[1]], corners: [] } };

/** A server that gives these answers one after the other. */
function serverOf(...answers) {
  const posts = [];
  const waits = [];
  const fetch = async (address, { body }) => {
    posts.push([address, Object.fromEntries(body)]);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return { ok: answer.ok, json: async () => answer.body };
  };
  return { posts, waits, parts: { fetch, wait: async (ms) => void waits.push(ms) } };
}

test("the question has the image, the face's box and the label", async () => {
  const { posts, parts } = serverOf(good);
  assert.equal(await explain("/explain", question, parts), good.body);
  const [[address, { picture, ...fields }]] = posts;
  assert.deepEqual(
    [address, picture.name, fields],
    ["/explain", "face.jpg", { box: "0.1,0.2,0.3,0.4", label: "happy" }],
  );
});

test("a file keeps its name", async () => {
  const { posts, parts } = serverOf(good);
  await explain("/explain", { ...question, image: new File(["png"], "me.png") }, parts);
  assert.equal(posts[0][1].picture.name, "me.png");
});

test("a busy server is asked again after the time that it names", async () => {
  const { posts, waits, parts } = serverOf(busy, busy, good);
  assert.equal(await explain("/explain", question, parts), good.body);
  assert.deepEqual([posts.length, waits], [3, [70, 70]]);
});

test("a server that stays busy is asked three times", async () => {
  const { posts, parts } = serverOf(busy, busy, busy);
  await assert.rejects(explain("/explain", question, parts), { code: "server_busy", message: "Busy." });
  assert.equal(posts.length, 3);
});

test("a refusal brings the server's code and words, at once", async () => {
  const { posts, parts } = serverOf({ ok: false, body: { code: "no_face", detail: "No face." } });
  await assert.rejects(explain("/explain", question, parts), { code: "no_face", message: "No face." });
  assert.equal(posts.length, 1);
});

test("a server that is not reached has a code of its own, also behind a proxy that answers with a page", async () => {
  const { parts } = serverOf(new TypeError("failed to fetch"));
  await assert.rejects(explain("/explain", question, parts), { code: "unreachable" });
  const fetch = async () => ({ ok: false, json: async () => JSON.parse("<html>") });
  await assert.rejects(explain("/explain", question, { fetch }), { code: "unreachable" });
});

const answer = {
  label: "neutral",
  heat: [[0, 1]],
  face: { probs: { neutral: 0.97 } },
  without_hot: { share: 0.1, probs: { neutral: 0.61 } },
};

test("an explanation says what counts most, and what the label is worth without it", () => {
  assert.deepEqual(explanationWords(answer), {
    sentence: "Red areas count most for “neutral”.",
    proof: "Without the red area: 97 % → 61 %",
  });
  const nothing = explanationWords({ ...answer, heat: [[0, 0]] });
  assert.match(nothing.sentence, /^Nothing in this face/);
  assert.equal(nothing.proof, "");
});

test("what the server calls hot is red, what is cold is clear", () => {
  assert.equal(heatColor(0)[3], 0);
  const [red, green, blue] = heatColor(0.3);
  assert.ok(red > 2 * green && red > 2 * blue);
  const [coldRed, , coldBlue] = heatColor(0.1);
  assert.ok(coldBlue > 2 * coldRed);
  assert.deepEqual(heatColor(1), [205, 10, 25, 205]);
});
