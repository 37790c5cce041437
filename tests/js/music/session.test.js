import assert from "node:assert/strict";
import { test } from "node:test";
import { glowOf } from "../../../static/js/music/mood/glow.js";
import { TRAIL_MS, createTrail, meanOf } from "../../../static/js/music/mood/trail.js";
import { bandsOf } from "../../../static/js/music/player/spectrum.js";
import { momentTitle, wayBetween, wayOf } from "../../../static/js/music/session/moment.js";
import {
  changeText,
  createSession,
  lengthText,
  withSession,
} from "../../../static/js/music/session/session.js";

const at = (valence, arousal = 0) => ({ valence, arousal });

test("the glow is the colour of the nearest corner, in steps that spare repaints", () => {
  assert.deepEqual(glowOf(at(1, 1)), { right: 100, up: 100 });
  assert.deepEqual(glowOf(at(-1, -1)), { right: 0, up: 0 });
  assert.deepEqual(glowOf(at(0.61, 0.02)), { right: 80, up: 50 });
  assert.deepEqual(glowOf(at(0.62, 0.03)), glowOf(at(0.61, 0.02)));
});

test("the trail keeps minutes, the last seconds finely and the rest coarsely", () => {
  const trail = createTrail();
  for (let now = 0; now <= 2 * TRAIL_MS; now += 100) trail.add(at(now / (2 * TRAIL_MS)), now);
  const all = trail.all();
  assert.ok(all.length < 400, all.length);
  assert.ok(2 * TRAIL_MS - all[0].at <= TRAIL_MS);
  assert.ok(2 * TRAIL_MS - all[0].at > 0.98 * TRAIL_MS);
  assert.ok(trail.points().recent.length > 90);
  assert.deepEqual(
    all.map((one) => one.at),
    all.map((one) => one.at).toSorted((a, b) => a - b),
  );
});

test("no mood leaves no trail, and what is old goes while nothing is seen", () => {
  const trail = createTrail();
  trail.add(null, 0);
  assert.deepEqual(trail.all(), []);
  trail.add(at(1), 0);
  trail.add(null, 2 * TRAIL_MS);
  assert.deepEqual(trail.all(), []);
  assert.equal(meanOf([]), null);
});

test("a band of the spectrum holds its own frequencies alone", () => {
  const bins = new Uint8Array(1024);
  bins[Math.round(1000 / (48_000 / 2048))] = 255;
  const bands = bandsOf(bins, 48_000, 12);
  assert.equal(bands.length, 12);
  const loud = bands.flatMap((level, band) => (level > 0 ? [band] : []));
  assert.deepEqual(loud, [6]); // 40 Hz * 300^(6/12) = 693 Hz to 1114 Hz
  assert.equal(bands[6], 1);
});

test("a way is the larger change, and a small one is none", () => {
  assert.equal(wayBetween(at(0), at(0.1, 0.1)), null);
  assert.equal(wayBetween(at(-0.5), at(0.2, 0.3)), "brighter");
  assert.equal(wayBetween(at(0.5), at(0.2, 0.1)), "darker");
  assert.equal(wayBetween(at(0, -0.5), at(0.2, 0.3)), "livelier");
  assert.equal(wayBetween(at(0, 0.5), at(0, -0.3)), "calmer");
});

const walk = (seconds, pointOf) =>
  Array.from({ length: seconds + 1 }, (_, second) => ({
    at: 1000 * second,
    point: pointOf(second / seconds),
  }));

test("a trail leads somewhere once it is long enough", () => {
  assert.equal(wayOf([]), null);
  assert.equal(wayOf(walk(10, (share) => at(share))), null);
  assert.equal(wayOf(walk(60, (share) => at(share))), "brighter");
  assert.equal(wayOf(walk(60, () => at(0.5))), null);
});

test("the title of a moment is the day, the time, and where the mood is going", () => {
  const date = new Date(2026, 10, 28, 16, 40);
  assert.equal(momentTitle(date, [], "en"), "Saturday, 16:40");
  assert.equal(
    momentTitle(
      date,
      walk(60, (share) => at(share)),
      "en",
    ),
    "Saturday, 16:40, getting brighter",
  );
  assert.equal(
    momentTitle(
      date,
      walk(5, () => at(0.8, 0.5)),
      "en",
    ),
    "Saturday, 16:40, bright and energetic",
  );
});

/** Plays for a while at four ticks a second. */
function play(session, { from = 0, seconds, song, pointOf }) {
  for (let tick = 0; tick <= 4 * seconds; tick += 1)
    session.tick({ song, point: pointOf(tick / 4 / seconds) }, from + tick / 4);
}

test("a session counts the music's time and songs, and the mood at both ends", () => {
  const session = createSession(() => new Date("2026-11-28T15:40:00Z"));
  session.tick({ song: null, point: at(-0.5) }, 0);
  assert.equal(session.summary(), null);
  play(session, { from: 10, seconds: 60, song: 1, pointOf: () => at(-0.5) });
  session.tick({ song: null, point: at(-0.5) }, 71); // a pause of a hundred seconds
  play(session, { from: 171, seconds: 60, song: 2, pointOf: () => at(0.25) });
  assert.deepEqual(session.summary(), {
    start: "2026-11-28T15:40:00.000Z",
    seconds: 120,
    songs: 2,
    before: at(-0.5),
    after: at(0.25),
  });
  session.forget();
  assert.equal(session.summary(), null);
});

test("what a session says claims no more than two points can", () => {
  const session = { start: "", seconds: 300, songs: 2, before: at(-0.5), after: at(0.25) };
  assert.equal(changeText(session), "Brighter than at the start.");
  assert.equal(changeText({ ...session, after: at(-0.45) }), "About where it was at the start.");
  assert.equal(changeText({ ...session, seconds: 10 }), "Too early to say: it takes a little more music.");
  assert.equal(changeText({ ...session, before: null }), "No mood was seen or set.");
  assert.equal(lengthText(session), "5 minutes · 2 songs");
  assert.equal(lengthText({ ...session, seconds: 20, songs: 1 }), "1 minute · 1 song");
});

test("a kept session replaces itself, and the oldest ones go", () => {
  const session = { start: "a", seconds: 30, songs: 1, before: at(0), after: at(0) };
  const kept = withSession(withSession([], session), { ...session, seconds: 60 });
  assert.deepEqual(
    kept.map(({ seconds }) => seconds),
    [60],
  );
  const many = Array.from({ length: 130 }, (_, number) => ({ ...session, start: `${number}` }));
  assert.equal(many.reduce(withSession, []).length, 100);
});
