import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createTrail, placeText, pointOf } from "../../../static/js/live/plane.js";
import { colorOnPicture } from "../../../static/js/shared/colors.js";

const PLACES = { happy: { valence: 0.8, arousal: 0.5 }, sad: { valence: -0.6, arousal: -0.3 } };

test("a face's place is the mean of the expressions' places, as the server computes it", () => {
  const { valence, arousal } = pointOf({ happy: 0.5, sad: 0.25, neutral: 0.25 }, PLACES);
  assert.ok(Math.abs(valence - 0.25) < 1e-9 && Math.abs(arousal - 0.175) < 1e-9);
});

test("the trail is the last 15 s of one face, at most ten points a second", () => {
  const trailOf = createTrail();
  const face = { id: 1, label: "happy" };
  for (let now = 0; now <= 20_000; now += 50) trailOf(now, face, { valence: 0, arousal: 0 });
  const trail = trailOf(20_000, face, { valence: 0, arousal: 0 });
  assert.deepEqual([trail[0].at, trail.at(-1).at, trail.length], [5000, 20_000, 151]);
  assert.equal(trailOf(20_100, { id: 2, label: "sad" }, { valence: 0, arousal: 0 }).length, 1);
});

test("each part of the plane has words", () => {
  const say = (valence, arousal) => placeText({ valence, arousal });
  const words = [
    say(0.8, 0.5),
    say(0.5, -0.5),
    say(-0.5, 0.5),
    say(-0.5, -0.5),
    say(0.1, 0),
    placeText(null),
  ];
  assert.equal(new Set(words).size, 6);
});

test("colours on a picture are those of the dark scheme", () => {
  const css = readFileSync(new URL("../../../static/css/tokens.css", import.meta.url), "utf8");
  const dark = css.slice(css.indexOf("prefers-color-scheme: dark"));
  for (const label of ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"])
    assert.ok(dark.includes(`--${label}: ${colorOnPicture(label)};`), label);
});
