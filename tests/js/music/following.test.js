import assert from "node:assert/strict";
import { test } from "node:test";
import { Composition } from "../../../static/js/music/composer/composer.js";
import { MODES_BY_BRIGHTNESS, pitchOf } from "../../../static/js/music/composer/harmony.js";
import { createFollowing } from "../../../static/js/music/follow.js";
import { STEP_S, alongPath, createSteering } from "../../../static/js/music/mood/steering.js";
import { gainOf } from "../../../static/js/music/player/loudness.js";
import { createSwitching, isBetter, mayCameraSwitch } from "../../../static/js/music/player/switching.js";

const at = (valence, arousal) => ({ valence, arousal });
const NEUTRAL = at(0, 0);
const HAPPY = at(0.65, 0.41);
const ANGRY = at(-0.41, 0.47);
const SAD = at(-0.5, -0.22);

/** Bars of a piece for places that count for a number of bars each. */
function bars(seed, ...places) {
  const composition = new Composition({ seed, point: places[0][0], lasts: 600 });
  return places.flatMap(([point, num]) => Array.from({ length: num }, () => composition.next(point)));
}

const pitchClasses = (some) =>
  new Set(
    some.flatMap(({ notes }) =>
      notes.filter(({ layer }) => layer !== "kick" && layer !== "hat").map(({ midi }) => midi % 12),
    ),
  );

test("a smile is in tempo, mode and density of the next two bars, and so is its end and anger", () => {
  for (let seed = 1; seed <= 27; seed += 1) {
    const all = bars(seed, [NEUTRAL, 12], [HAPPY, 12], [NEUTRAL, 12], [ANGRY, 12]);
    const [calm, smile, still, anger] = [11, 13, 25, 37].map((bar) => all[bar].style);
    assert.ok(smile.tempo > 1.05 * calm.tempo && still.tempo < 0.95 * all[23].style.tempo);
    assert.ok(anger.tempo > 1.05 * all[35].style.tempo);
    assert.deepEqual(
      [calm.mode, smile.mode, still.mode, anger.mode],
      ["dorian", "ionian", "dorian", "aeolian"],
    );
    assert.ok(smile.density > 0.1 + calm.density && anger.density > 0.1 + all[35].style.density);
    const num = (some) => some.reduce((sum, { notes }) => sum + notes.length, 0);
    assert.ok(num(all.slice(13, 15)) > num(all.slice(10, 12)), `seed ${seed}`);
  }
});

test("the tempo never jumps by more than six per cent a bar, and modes pass their neighbours", () => {
  const places = Array.from({ length: 60 }, (_, step) => [at(Math.sin(7 * step), Math.cos(5 * step)), 3]);
  const all = bars(5, ...places).filter(Boolean);
  all.slice(1).forEach(({ style }, index) => {
    const before = all[index].style;
    const ratio = style.tempo / before.tempo;
    assert.ok(ratio <= 1.06 + 1e-9 && ratio >= 1 / 1.06 - 1e-9, `${ratio}`);
    const steps = [style, before].map(({ mode }) => MODES_BY_BRIGHTNESS.indexOf(mode));
    assert.ok(Math.abs(steps[0] - steps[1]) <= 2);
  });
});

test("bars follow each other without a gap, and the key changes at the ends of phrases alone", () => {
  const all = bars(3, [SAD, 9], [HAPPY, 14], [ANGRY, 9]);
  all.slice(1).forEach((bar, index) => {
    const before = all[index];
    assert.ok(Math.abs(bar.at - before.at - before.lasts) < 1e-9);
    if (bar.style.register !== before.style.register) assert.equal((index + 1) % 4, 0);
  });
  assert.ok(new Set(all.map(({ style }) => style.register)).size > 1);
});

test("whatever sounds in a bar is in its mode, chords that are held too, while the face changes", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const all = bars(
      seed,
      [at(-0.5, -0.6), 7],
      [at(0.5, -0.6), 8],
      [NEUTRAL, 7],
      [HAPPY, 6],
      [ANGRY, 7],
      [SAD, 9],
    );
    all.forEach((bar, index) => {
      const held = (all[index - 1]?.notes ?? []).filter((note) => note.at + note.lasts > bar.at + 0.3);
      const scales = Array.from(
        { length: 12 },
        (_, root) =>
          new Set(Array.from({ length: 7 }, (_, degree) => pitchOf(bar.style.mode, root, degree) % 12)),
      );
      const classes = [...pitchClasses([bar, { notes: held }])];
      assert.ok(scales.some((scale) => classes.every((one) => scale.has(one))));
    });
  }
});

test("a face that is not quite still leaves the mode alone", () => {
  const places = Array.from({ length: 40 }, (_, step) => [at(step % 2 ? 0.06 : 0.1, 0), 1]);
  assert.equal(new Set(bars(2, ...places).map(({ style }) => style.mode)).size, 1);
});

test("a piece that follows ends about when it was to end, and says when", () => {
  for (const [from, to] of [
    [SAD, HAPPY],
    [HAPPY, SAD],
  ]) {
    const composition = new Composition({ seed: 4, point: from, lasts: 150 });
    let bar = composition.next(from);
    while (bar && bar.at < 100) bar = composition.next(to);
    const announced = composition.end;
    while (composition.next(to));
    assert.ok(composition.end > 120 && composition.end < 200, `${composition.end}`);
    assert.ok(Math.abs(composition.end - announced) < 30);
  }
});

const reading = (point, settled, settling = 1) => ({ point, settled, settling });

/** A camera that sees a place for some seconds, ten times a second, from a time on. */
function see(switching, fromS, seconds, place) {
  for (let step = 0; step < seconds * 10; step += 1) {
    const nowS = fromS + step / 10;
    switching.look(typeof place === "function" ? place(step, nowS) : place, nowS);
    switching.tick("song", true, nowS);
  }
  return fromS + seconds;
}

/** Settles after a second and a half, as the server does. */
const settlingAt = (point, before) => (step) =>
  step < 15 ? reading(point, before, step / 15) : reading(point, point);

test("gently: a mood that has lasted 8 s switches a song that has played 30 s, at most once in 45 s", () => {
  const switching = createSwitching();
  let now = see(switching, 0, 26, settlingAt(NEUTRAL, null));
  now = see(switching, now, 7.9, settlingAt(HAPPY, NEUTRAL));
  assert.equal(switching.isDue("gently", now - 0.1), false);
  now = see(switching, now, 0.3, reading(HAPPY, HAPPY));
  assert.equal(switching.isDue("gently", now), true);
  switching.switched(now);
  now = see(switching, now, 40, settlingAt(SAD, HAPPY));
  assert.equal(switching.isDue("gently", now), false);
  now = see(switching, now, 6, reading(SAD, SAD));
  assert.equal(switching.isDue("gently", now), true);
});

test("gently: a song of less than 30 s plays on; at once: it does not; at the end: never", () => {
  const switching = createSwitching();
  const now = see(switching, 0, 20, settlingAt(HAPPY, null));
  assert.deepEqual(
    ["gently", "at_once", "at_end"].map((manner) => switching.isDue(manner, now)),
    [false, true, false],
  );
  switching.tick("another song", true, now);
  see(switching, now, 29, reading(HAPPY, HAPPY));
  assert.equal(switching.isDue("gently", now + 29), false); // for another song has begun
  see(switching, now + 29, 2, reading(HAPPY, HAPPY));
  assert.equal(switching.isDue("gently", now + 31), true);
});

test("two hundred flickers in a minute switch nothing", () => {
  for (const manner of ["gently", "at_once", "at_end"]) {
    const switching = createSwitching();
    let now = see(switching, 0, 60, settlingAt(NEUTRAL, null));
    // Smoothed by the server, a flicker swings about the middle; whatever settled last stays so.
    now = see(switching, now, 2, settlingAt(HAPPY, NEUTRAL));
    for (let flicker = 0; flicker < 200; flicker += 1) {
      const point = flicker % 2 ? at(0.35, 0.22) : at(-0.05, 0);
      now = see(switching, now, 0.3, reading(point, HAPPY, 0.2));
      if (flicker > 4) assert.equal(switching.isDue(manner, now), false, `${manner}, flicker ${flicker}`);
    }
  }
});

test("a glance away does not end a mood, a longer one does", () => {
  const switching = createSwitching();
  let now = see(switching, 0, 40, settlingAt(HAPPY, null));
  now = see(switching, now, 0.8, reading(null, HAPPY, 0));
  now = see(switching, now, 0.2, reading(HAPPY, HAPPY));
  assert.equal(switching.isDue("gently", now), true);
  now = see(switching, now, 3, reading(null, HAPPY, 0));
  assert.equal(switching.isDue("at_once", now), false);
});

const selection = (id, point, kind = "file", target = HAPPY) => ({
  track: { id, point, kind },
  playlist: { id: 100 + id, point: NEUTRAL },
  target,
});

test("better is clearly nearer to where the music should be", () => {
  assert.equal(isBetter(selection(1, NEUTRAL), selection(2, HAPPY)), true);
  assert.equal(isBetter(selection(1, HAPPY), selection(2, at(0.6, 0.4))), false);
  assert.equal(isBetter(selection(1, at(0.55, 0.4)), selection(2, HAPPY)), false);
  assert.equal(isBetter(selection(1, null), selection(2, HAPPY)), true); // counts as its playlist
  assert.equal(isBetter(selection(1, NEUTRAL), selection(1, HAPPY)), false);
});

test("the camera leaves other sites' players alone, and built-in pieces, which follow by themselves", () => {
  const may = (from, to) => mayCameraSwitch(selection(1, NEUTRAL, from), selection(2, HAPPY, to));
  assert.deepEqual(
    [may("file", "file"), may("stream", "file"), may("embed", "file"), may("built_in", "built_in")],
    [true, true, false, false],
  );
  assert.equal(may("built_in", "file"), true);
});

test("the rest between two switches begins when the new song sounds, not while it loads", async () => {
  const clock = { nowS: 0 };
  const state = { phase: "playing", current: selection(1, NEUTRAL), upcoming: selection(2, HAPPY) };
  Object.assign(state, { moved: true, cause: "mood" });
  let sounds = () => {};
  const switches = [];
  const player = {
    state: () => state,
    moodChanged: () => {},
    switchNow: () => {
      switches.push(clock.nowS);
      return new Promise((resolve) => (sounds = resolve));
    },
  };
  const following = createFollowing({
    mood: { state: () => ({ origin: "face" }), byFace: () => false },
    player: () => player,
    path: () => MATCH,
    manner: () => "gently",
    nowS: () => clock.nowS,
  });
  const until = (endS) => {
    for (; clock.nowS < endS; clock.nowS += 0.25) {
      following.look(reading(HAPPY, HAPPY));
      following.tick();
    }
  };
  until(40);
  assert.deepEqual(switches, [30]);
  sounds(); // ten seconds after the switch was due
  await Promise.resolve();
  until(84.5);
  assert.equal(switches.length, 1);
  until(86);
  assert.deepEqual(switches, [30, 85]);
});

const MATCH = { goal: null, hold: 1, step: 0.3 };
const LIFT = { goal: at(0.8, 0.4), hold: 1, step: 0.3 };

test("a policy leads a mood to its goal while a piece plays, step by step", () => {
  assert.deepEqual(alongPath(SAD, MATCH, 5), SAD);
  assert.deepEqual(alongPath(SAD, LIFT, 0), SAD);
  const half = alongPath(at(0, 0.4), LIFT, 1.5);
  assert.ok(Math.abs(half.valence - 0.45) < 1e-9 && Math.abs(half.arousal - 0.4) < 1e-9);
  assert.deepEqual(alongPath(SAD, LIFT, 9), LIFT.goal);
  assert.deepEqual(alongPath(at(0, 0.4), { ...LIFT, hold: 3 }, 2), at(0, 0.4));
});

test("the path takes time while music plays, none while it is paused, and begins anew with a mood", () => {
  const steering = createSteering();
  for (let second = 0; second <= STEP_S; second += 1) steering.tick(true, second);
  for (let second = STEP_S; second <= 300; second += 1) steering.tick(false, second);
  assert.equal(steering.steps(), 1);
  const place = steering.place({ point: at(0, 0.4), isFollowing: false }, LIFT, 300);
  assert.ok(Math.abs(place.valence - 0.3) < 0.02);
  steering.restart();
  assert.deepEqual(steering.place({ point: SAD, isFollowing: false }, LIFT, 300), SAD);
});

test("a smile is followed within a second and a half; flicker is heard as its mean", () => {
  const steering = createSteering();
  for (let step = 0; step < 20; step += 1) steering.look(NEUTRAL, step / 10);
  for (let step = 20; step < 36; step += 1) steering.look(HAPPY, step / 10);
  const heard = (nowS) => steering.place({ point: SAD, isFollowing: true }, MATCH, nowS);
  assert.ok(heard(3.5).valence > 0.8 * HAPPY.valence);
  const seen = [];
  for (let step = 36; step < 200; step += 1) {
    steering.look(Math.floor(step / 3) % 2 ? HAPPY : SAD, step / 10);
    if (step > 80) seen.push(heard(step / 10).valence);
  }
  assert.ok(Math.max(...seen) - Math.min(...seen) < 0.3);
  assert.deepEqual(heard(30), SAD); // the face has been gone for ten seconds
});

test("every track has the same loudness, unless its peaks would be clipped", () => {
  const db = (measured) => Math.round(200 * Math.log10(gainOf(measured))) / 10;
  assert.equal(db({ loudness_lufs: -8, peak_db: 0 }), -8);
  assert.equal(db({ loudness_lufs: -22, peak_db: -9 }), 6);
  assert.equal(db({ loudness_lufs: -22, peak_db: -3 }), 2);
  assert.equal(db({ loudness_lufs: -70, peak_db: -60 }), 20);
  assert.equal(db({}), -5);
  assert.equal(db({ loudness_lufs: null, peak_db: null }), -5);
});
