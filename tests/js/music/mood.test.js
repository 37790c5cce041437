import assert from "node:assert/strict";
import { test } from "node:test";
import { createChoosing } from "../../../static/js/music/mood/choosing.js";
import { createMood } from "../../../static/js/music/mood/mood.js";
import { fittingNames, fromShare, nudge, placeOf, toShare } from "../../../static/js/music/mood/plane.js";

const HAPPY = { valence: 0.8, arousal: 0.5 };
const SAD = { valence: -0.6, arousal: -0.3 };

test("the camera's mood counts once it is another settled one", () => {
  const mood = createMood({ policy: "match", goal: null });
  assert.equal(mood.byFace({ point: HAPPY, settled: null, settling: 0.4 }), false);
  assert.equal(mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 }), true);
  assert.equal(mood.byFace({ point: SAD, settled: { ...HAPPY }, settling: 0 }), false);
  assert.deepEqual(mood.request(), { mood: HAPPY, origin: "face", policy: "match" });
});

test("two hundred changes of expression in a minute are no other mood while nothing new settles", () => {
  const mood = createMood({ policy: "match", goal: null });
  mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 });
  const changes = Array.from({ length: 200 }, (_, at) =>
    mood.byFace({ point: at % 2 ? HAPPY : SAD, settled: { ...HAPPY }, settling: 0.2 }),
  );
  assert.deepEqual(
    [changes.filter(Boolean).length, mood.state().live, mood.request().mood],
    [0, HAPPY, HAPPY],
  );
});

test("a mood set by hand stays until the camera may follow again", () => {
  const mood = createMood({ policy: "match", goal: null });
  mood.byHand(SAD);
  assert.equal(mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 }), false);
  assert.deepEqual(mood.request().mood, SAD);
  assert.equal(mood.follow(), true);
  assert.deepEqual(mood.request().mood, HAPPY);
});

test("without the camera its last mood stays, and an old one does not come back", () => {
  const mood = createMood({ policy: "match", goal: null });
  mood.byFace({ point: HAPPY, settled: HAPPY, settling: 1 });
  mood.leave();
  assert.deepEqual([mood.state().point, mood.state().live, mood.follow()], [HAPPY, null, false]);
});

const at = (valence, arousal) => ({ valence, arousal });

test("pleasant is right, active is above", () => {
  assert.deepEqual(toShare(at(1, 1)), { x: 1, y: 0 });
  assert.deepEqual(toShare(at(-0.5, 0)), { x: 0.25, y: 0.5 });
  assert.deepEqual(fromShare(0.25, 0.5), at(-0.5, 0));
});

test("a pointer beside the plane means its edge", () => {
  assert.deepEqual(fromShare(1.4, -3), at(1, 1));
});

test("arrow keys move the point, with Shift further, never off the plane", () => {
  assert.deepEqual(nudge(at(0.1, 0), "ArrowRight", false), at(0.15, 0));
  assert.deepEqual(nudge(at(0.1, 0), "ArrowUp", true), at(0.1, 0.25));
  assert.deepEqual(nudge(at(-0.98, 0), "ArrowLeft", false), at(-1, 0));
  assert.deepEqual(nudge(at(0.4, 0.2), "Home", false), at(0, 0));
  assert.equal(nudge(at(0, 0), "Enter", false), null);
});

test("places have the server's nine words", () => {
  assert.equal(placeOf(at(0.81, 0.51)), "pleasant_active");
  assert.equal(placeOf(at(-0.6, -0.1)), "unpleasant");
  assert.equal(placeOf(at(0, -0.25)), "quiet");
  assert.equal(placeOf(at(0.2, 0.2)), "even");
});

test("names that would touch or leave the plane take two lines or are left out, the first ones stay", () => {
  const size = { width: 300, height: 300 };
  const text = { letter: 6, mark: 20, line: 10, gap: 8, limit: 20 };
  const mark = (name, valence, arousal) => ({ name, point: at(valence, arousal) });
  const marks = [
    mark("first", 0, 0),
    mark("second", 0.1, 0.05),
    mark("above", 0, 0.5),
    mark("at_the_very_edge", 1, -0.5),
    mark("touching", 0.29, 0), // 4.5 pixels after "first"
    mark("apart", 0.34, 0), // 21 pixels
    mark("a bit left", -0.3, 0), // on one line it would touch "first"
    mark("under it", -0.3, -0.17), // 26 pixels lower, and the name above it has two lines
    mark("longer than twenty letters", 0, -0.5),
  ];
  assert.deepEqual(fittingNames(marks, size, text), [
    ["first"],
    [],
    ["above"],
    [],
    [],
    ["apart"],
    ["a bit", "left"],
    [],
    ["longer than twenty …"],
  ]);
});

/** A visitor's choices, and what the music makes of them: a list of `[cause, valence before]`. */
function choices() {
  const mood = createMood({ policy: "match", goal: null });
  const timers = [];
  const heard = [];
  const choosing = createChoosing({
    mood: mood.state,
    onChange: () => {},
    onDone: () => {},
    onRest: (cause, before) => heard.push([cause, before.point.valence]),
    later: (act) => timers.push(act),
  });
  const drop = (point, done = true) => choosing.choose(() => mood.byHand(point), done, "mood");
  return { choosing, drop, heard, rest: () => timers.splice(0).forEach((act) => act()) };
}

test("the music follows a choice once it rests, from the mood before all of it", () => {
  const { drop, heard, rest } = choices();
  drop(HAPPY, false);
  drop(SAD);
  drop(HAPPY);
  assert.deepEqual(heard, []);
  rest();
  assert.deepEqual(heard, [["mood", 0]]);
  drop(SAD);
  rest();
  assert.deepEqual(heard.at(-1), ["mood", HAPPY.valence]);
});

test("what is started at once after a choice follows it, and follows it once", () => {
  const { choosing, drop, heard, rest } = choices();
  drop(SAD);
  choosing.apply();
  assert.deepEqual(heard, [["mood", 0]]);
  rest();
  choosing.apply();
  assert.equal(heard.length, 1);
});

test("a point that is still dragged is no choice yet", () => {
  const { choosing, drop, heard, rest } = choices();
  drop(SAD);
  drop(HAPPY, false);
  rest();
  choosing.apply();
  assert.deepEqual(heard, []);
});
