import assert from "node:assert/strict";
import { createInstruments } from "../../../static/js/music/composer/instruments.js";
import { test } from "node:test";
import { compose, createRandom, styleOf } from "../../../static/js/music/composer/composer.js";
import { modeOf, pitchOf, voiceLead } from "../../../static/js/music/composer/harmony.js";

const HAPPY = { valence: 0.81, arousal: 0.51 };
const QUIET = { valence: 0.6, arousal: -0.6 };
const SAD = { valence: -0.63, arousal: -0.27 };
const piece = (point, seed = 7) => compose({ seed, point, lasts: 150 });
const layers = ({ notes }) => new Set(notes.map(({ layer }) => layer));

test("the generator gives the numbers of its reference", () => {
  const random = createRandom(1);
  assert.deepEqual(
    [random.unit(), random.unit()].map((value) => value.toFixed(6)),
    ["0.627074", "0.002736"],
  );
});

test("a seed is always the same piece, another seed another one", () => {
  assert.deepEqual(piece(HAPPY), piece(HAPPY));
  assert.notDeepEqual(piece(HAPPY).notes, piece(HAPPY, 8).notes);
});

test("tempo and density follow arousal, the mode follows valence", () => {
  assert.deepEqual(styleOf(HAPPY), {
    tempo: 113,
    mode: "ionian",
    register: 4,
    density: 0.75,
    brightness: 0.83,
  });
  assert.deepEqual(styleOf(SAD), {
    tempo: 84,
    mode: "aeolian",
    register: -3,
    density: 0.44,
    brightness: 0.28,
  });
  assert.deepEqual(
    ["lydian", "ionian", "mixolydian", "dorian", "aeolian", "phrygian"],
    [1, 0.5, 0.1, 0, -0.5, -1].map(modeOf),
  );
});

test("active pieces have drums and runs, quiet ones only chords, bass and a slow line", () => {
  assert.deepEqual([...layers(piece(HAPPY))].sort(), ["arp", "bass", "hat", "kick", "lead", "pad"]);
  assert.deepEqual([...layers(piece(QUIET))].sort(), ["bass", "lead", "pad"]);
  assert.ok(piece(HAPPY).notes.length > 4 * piece(QUIET).notes.length);
});

test("every pitch but the drums' belongs to the mode", () => {
  for (const point of [HAPPY, QUIET, SAD, { valence: 1, arousal: 1 }, { valence: -1, arousal: 1 }]) {
    const { notes, style } = piece(point);
    const pitched = notes.filter(({ layer }) => layer !== "kick" && layer !== "hat");
    const classes = new Set(pitched.map(({ midi }) => midi % 12));
    const scales = Array.from(
      { length: 12 },
      (_, root) => new Set(Array.from({ length: 7 }, (_, degree) => pitchOf(style.mode, root, degree) % 12)),
    );
    assert.ok(
      scales.some((scale) => [...classes].every((one) => scale.has(one))),
      style.mode,
    );
  }
});

test("notes are in order, within the piece, and never too loud or out of hearing", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const point = { valence: Math.sin(seed), arousal: Math.cos(3 * seed) };
    const { notes, lasts } = piece(point, seed);
    assert.ok(lasts > 100 && lasts < 240, `${lasts} s`);
    notes.forEach((note, index) => {
      assert.ok(index === 0 || note.at >= notes[index - 1].at);
      assert.ok(note.at >= 0 && note.at + note.lasts <= lasts);
      assert.ok(note.velocity > 0 && note.velocity < 0.8);
      assert.ok(note.midi >= 31 && note.midi <= 108, `${note.layer} ${note.midi}`);
    });
  }
});

test("a chord is put where the last one was", () => {
  assert.deepEqual(voiceLead([72, 76, 79], [55, 60, 64], 60), [55, 60, 64]);
});

/** A stand-in for Tone.js whose voices refuse a second start at one moment, as Tone's noise does. */
function strictTone(started) {
  const param = { rampTo: () => {}, cancelScheduledValues: () => {} };
  class Node {
    gain = param;
    frequency = param;
    delayTime = param;
    envelope = {};
    #last = -Infinity;
    connect = () => this;
    toDestination = () => this;
    triggerAttackRelease(...args) {
      const time = args.at(-2);
      if (time <= this.#last) throw new Error("Start time must be strictly greater than previous start time");
      this.#last = time;
      started.push(time);
    }
  }
  class NoiseSynth extends Node {}
  const nodes = [
    "Gain",
    "WaveShaper",
    "Compressor",
    "Reverb",
    "FeedbackDelay",
    "Filter",
    "Synth",
    "MembraneSynth",
  ];
  return { ...Object.fromEntries(nodes.map((name) => [name, Node])), NoiseSynth, now: () => 0 };
}

test("notes that a busy page hands over late, all at one moment, break no voice", () => {
  const started = [];
  const style = { tempo: 90, density: 0.5, brightness: 0.5 };
  const instruments = createInstruments(strictTone(started), style);
  const hat = { layer: "hat", midi: 60, lasts: 0.05, velocity: 0.5 };
  for (const time of [1, 1, 1, 1, 1, 1.2, 1.2]) instruments.play(hat, time);
  assert.deepEqual(started, [1, 1, 1.2, 1.2]); // two voices, each once a moment
});
