/**
 * Writes the built-in pieces: notes from a seed and a place on the plane. Pure, and the same each time; `piece_deck.js`
 * plays them.
 *
 * Reference: Gabrielsson & Lindström 2010, The role of structure in the musical expression of emotions: fast tempo and
 * dense notes sound active, major-like modes and a higher register pleasant.
 */

import { chordDegrees, modeOf, pitchOf, progressionsOf, voiceLead } from "./harmony.js";
import { createRandom } from "./random.js";

/**
 * @typedef {"pad" | "bass" | "arp" | "lead" | "kick" | "hat"} Layer
 *
 * @typedef {object} Note
 * @property {Layer} layer
 * @property {number} at Seconds from the beginning.
 * @property {number} lasts Seconds.
 * @property {number} midi
 * @property {number} velocity 0..1
 *
 * @typedef {object} Style
 * @property {number} tempo Beats a minute.
 * @property {string} mode
 * @property {number} register Semitones above the middle one.
 * @property {number} density Share of the places for notes that are used, 0..1.
 * @property {number} brightness 0..1
 *
 * @typedef {object} Piece
 * @property {Style} style
 * @property {number} lasts Seconds.
 * @property {Note[]} notes In the order of time.
 */

const BEATS = 4;
const SECTION_BARS = 8;
const MIDDLE_ROOT = 57;

/** @param {import("../mood/plane.js").Point} point @returns {Style} */
export function styleOf({ valence, arousal }) {
  const active = (arousal + 1) / 2;
  return {
    tempo: Math.round(56 + 76 * active),
    mode: modeOf(valence),
    register: Math.round(4 * valence + 2 * arousal),
    density: Math.round((0.15 + 0.8 * active) * 100) / 100,
    brightness: Math.round((0.5 * active + 0.25 * (valence + 1)) * 100) / 100,
  };
}

/**
 * @param {object} wish
 * @param {number} wish.seed An integer.
 * @param {import("../mood/plane.js").Point} wish.point
 * @param {number} wish.lasts About how long, in seconds; it ends with a whole section.
 * @returns {Piece}
 */
export function compose({ seed, point, lasts }) {
  const style = styleOf(point);
  const random = createRandom(seed);
  const beat = 60 / style.tempo;
  const root = MIDDLE_ROOT + style.register + random.pick([-5, -4, -2, 0, 2, 3]);
  const themes = [makeTheme(style, random), makeTheme(style, random)];
  const numSections = Math.max(3, Math.round(lasts / (SECTION_BARS * BEATS * beat)));
  const notes = [];
  let voices = [root - 5, root, root + 4];
  for (let bar = 0; bar < numSections * SECTION_BARS; bar += 1) {
    const section = Math.floor(bar / SECTION_BARS);
    const theme = themes[section % 4 === 2 ? 1 : 0];
    const place = { bar, section, numSections, style, root, theme, beat, random };
    voices = voiceLead(chordAt(place), voices, root);
    notes.push(...barOf(place, voices));
  }
  const end = numSections * SECTION_BARS * BEATS * beat;
  notes.push(...lastChord(voices, { root, end, beat, style }));
  notes.sort((a, b) => a.at - b.at || a.midi - b.midi);
  return { style, lasts: end + 2 * BEATS * beat, notes };
}

/** Chords for four places, and a phrase of two bars: on which eighths it sounds, and how its line moves. */
function makeTheme(style, random) {
  const eighths = Array.from({ length: 16 }, (_, at) => at);
  const weight = (at) => (at % 8 === 0 ? 0.9 : at % 4 === 0 ? 0.6 : at % 2 === 0 ? 0.4 : 0.16);
  const rhythm = eighths.filter((at) => random.chance(weight(at) * (0.35 + 0.75 * style.density)));
  return {
    degrees: random.pick(progressionsOf(style.mode)),
    rhythm: rhythm.length > 1 ? rhythm : [0, 6],
    moves: eighths.map(() => random.pick([-2, -1, -1, 0, 1, 1, 2])),
    pattern: random.pick([
      [0, 1, 2, 1],
      [0, 2, 1, 2],
      [2, 1, 0, 1],
      [0, 1, 2, 3],
    ]),
  };
}

/** Slow music changes its chord every other bar. */
function chordDegree({ bar, style, theme }) {
  return theme.degrees[Math.floor(bar / (style.density < 0.45 ? 2 : 1)) % 4];
}

function chordAt(place) {
  const { style, root } = place;
  return chordDegrees(chordDegree(place), style.density < 0.7).map((degree) =>
    pitchOf(style.mode, root, degree),
  );
}

/** Layers come in one after the other, and leave at the end. */
function barOf(place, voices) {
  const { bar, section, numSections, style } = place;
  const outro = section === numSections - 1;
  const full = section > 0 && !outro;
  return [
    ...padOf(place, voices),
    ...(bar >= 4 && !(outro && bar % SECTION_BARS >= 4) ? bassOf(place) : []),
    ...(style.density > 0.4 && (full || bar >= 4) ? arpOf(place, voices) : []),
    ...(full || (outro && bar % SECTION_BARS < 4) ? leadOf(place) : []),
    ...(style.density > 0.62 && full ? drumsOf(place) : []),
  ];
}

const startOf = ({ bar, beat }) => bar * BEATS * beat;

function padOf(place, voices) {
  const { bar, beat, style, random } = place;
  const numBars = style.density < 0.45 ? 2 : 1;
  if (bar % numBars) return [];
  const lasts = numBars * BEATS * beat * 0.98;
  return voices.map((midi) => ({
    layer: "pad",
    at: startOf(place),
    lasts,
    midi,
    velocity: 0.32 + 0.1 * random.unit(),
  }));
}

function bassOf(place) {
  const { style, root, beat, random } = place;
  const midi = pitchOf(style.mode, root - 24, chordDegree(place));
  const beats = style.density > 0.75 ? [0, 1.5, 2, 3.5] : style.density > 0.5 ? [0, 2.5] : [0];
  const lasts = (style.density > 0.75 ? 0.45 : style.density > 0.5 ? 1.4 : 3.6) * beat;
  return beats.map((at) => ({
    layer: "bass",
    at: startOf(place) + at * beat,
    lasts,
    midi: midi < 31 ? midi + 12 : midi,
    velocity: 0.5 + 0.12 * random.unit(),
  }));
}

function arpOf(place, voices) {
  const { theme, beat, style, random } = place;
  const num = style.density > 0.82 ? 16 : 8;
  const step = (BEATS * beat) / num;
  const notes = [];
  for (let at = 0; at < num; at += 1) {
    const midi = voices[theme.pattern[at % 4] % voices.length] + 12;
    const velocity = (at % 4 === 0 ? 0.34 : 0.22) + 0.08 * random.unit();
    if (random.chance(0.45 + 0.55 * style.density))
      notes.push({ layer: "arp", at: startOf(place) + at * step, lasts: step * 0.8, midi, velocity });
  }
  return notes;
}

/** The theme's phrase, on the chord of the bar; every other pair of quiet bars rests. */
function leadOf(place) {
  const { bar, theme, beat, style, root, random } = place;
  if (style.density < 0.6 && bar % 4 >= 2) return [];
  const half = bar % 2;
  let degree = chordDegree(place) + (bar % 4 < 2 ? 4 : 2);
  return theme.rhythm
    .filter((at) => Math.floor(at / 8) === half)
    .map((at) => {
      degree = at % 8 === 0 ? degree : Math.max(0, Math.min(13, degree + theme.moves[at]));
      const next =
        theme.rhythm.find((other) => other > at && Math.floor(other / 8) === half) ?? 8 * (half + 1);
      const lasts = Math.min(next - at, 4) * 0.5 * beat * 0.95;
      return {
        layer: "lead",
        at: startOf(place) + (at % 8) * 0.5 * beat,
        lasts,
        midi: pitchOf(style.mode, root + 12, degree),
        velocity: 0.34 + 0.16 * random.unit(),
      };
    });
}

function drumsOf(place) {
  const { beat, style, random } = place;
  const kicks = style.density > 0.78 ? [0, 1, 2, 3] : [0, 2];
  const at = (beats) => startOf(place) + beats * beat;
  const kick = kicks.map((beats) => ({
    layer: "kick",
    at: at(beats),
    lasts: 0.2,
    midi: 33,
    velocity: beats === 0 ? 0.55 : 0.42,
  }));
  const hat = [0.5, 1.5, 2.5, 3.5].map((beats) => ({
    layer: "hat",
    at: at(beats),
    lasts: 0.05,
    midi: 90,
    velocity: 0.16 + 0.1 * random.unit(),
  }));
  return [...kick, ...hat];
}

function lastChord(voices, { root, end, beat, style }) {
  const chord = voiceLead(
    [0, 2, 4].map((degree) => pitchOf(style.mode, root, degree)),
    voices,
    root,
  );
  return [root - 12, ...chord].map((midi) => ({
    layer: "pad",
    at: end,
    lasts: BEATS * beat,
    midi,
    velocity: 0.36,
  }));
}
