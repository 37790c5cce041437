/**
 * Writes the built-in pieces: notes from a seed and a place on the plane. Pure, and the same each time;
 * `player/piece_player.js` plays them.
 *
 * Reference: Gabrielsson & Lindström 2010, The role of structure in the musical expression of emotions: fast tempo and
 * dense notes sound active, major-like modes and a higher register pleasant.
 */

import { modeOf, progressionsOf, voiceLead } from "./harmony.js";
import { BEATS, arpOf, bassOf, chordAt, drumsOf, lastChord, leadOf, padOf } from "./layers.js";

/**
 * @typedef {"pad" | "bass" | "arp" | "lead" | "kick" | "hat"} Layer
 *
 * @typedef {object} Note
 * @property {Layer} layer
 * @property {number} at Seconds from the beginning of the piece.
 * @property {number} lasts Duration in seconds.
 * @property {number} midi
 * @property {number} velocity 0..1
 *
 * @typedef {object} Style
 * @property {number} tempo Beats a minute.
 * @property {import("./harmony.js").Mode} mode
 * @property {number} register Semitones above the middle register.
 * @property {number} density Share of the possible notes that sound, 0..1.
 * @property {number} brightness 0..1
 *
 * @typedef {object} Piece
 * @property {Style} style
 * @property {number} lasts Duration in seconds.
 * @property {Note[]} notes Notes in the order of time.
 *
 * @typedef {object} Theme
 * @property {number[]} degrees Roots of four chords, as degrees from 0.
 * @property {number[]} rhythm Eighths of two bars, 0..15, on which the line sounds.
 * @property {number[]} moves Steps of the line at each of the eighths.
 * @property {number[]} pattern Order of a chord's notes in its arpeggio.
 *
 * @typedef {object} BarContext Number of a bar, and what is the same in all bars of a piece.
 * @property {number} bar
 * @property {number} section
 * @property {number} numSections
 * @property {Style} style
 * @property {number} root MIDI number.
 * @property {Theme} theme
 * @property {number} beat Seconds of a beat.
 * @property {Random} random
 *
 * @typedef {object} Random
 * @property {() => number} unit Next number, 0..1.
 * @property {<T>(from: T[]) => T} pick
 * @property {(share: number) => boolean} chance Takes the probability of true, 0..1.
 */

const SECTION_BARS = 8;
const MIDDLE_ROOT = 57;

/**
 * @param {import("../mood/plane.js").Point} point
 * @returns {Style}
 */
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
 * @param {object} request
 * @param {number} request.seed Integer.
 * @param {import("../mood/plane.js").Point} request.point
 * @param {number} request.lasts Approximate duration in seconds; the piece ends with a whole section.
 * @returns {Piece}
 */
export function compose({ seed, point, lasts }) {
  const style = styleOf(point);
  const random = createRandom(seed);
  const beat = 60 / style.tempo;
  const root = MIDDLE_ROOT + style.register + random.pick([-5, -4, -2, 0, 2, 3]);
  const themes = [makeTheme(style, random), makeTheme(style, random)];
  const numSections = Math.max(3, Math.round(lasts / (SECTION_BARS * BEATS * beat)));
  /** @type {Note[]} */
  const notes = [];
  let voices = [root - 5, root, root + 4];
  for (let bar = 0; bar < numSections * SECTION_BARS; bar += 1) {
    const section = Math.floor(bar / SECTION_BARS);
    const theme = themes[section % 4 === 2 ? 1 : 0];
    const context = { bar, section, numSections, style, root, theme, beat, random };
    voices = voiceLead(chordAt(context), voices, root);
    notes.push(...barOf(context, voices));
  }
  const end = numSections * SECTION_BARS * BEATS * beat;
  notes.push(...lastChord(voices, { root, end, beat, style }));
  notes.sort((a, b) => a.at - b.at || a.midi - b.midi);
  return { style, lasts: end + 2 * BEATS * beat, notes };
}

/**
 * Makes the chords, and a phrase of two bars for the line.
 *
 * @param {Style} style
 * @param {Random} random
 * @returns {Theme}
 */
function makeTheme(style, random) {
  const eighths = Array.from({ length: 16 }, (_, at) => at);
  const weight = (/** @type {number} */ at) =>
    at % 8 === 0 ? 0.9 : at % 4 === 0 ? 0.6 : at % 2 === 0 ? 0.4 : 0.16;
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

/**
 * Writes one bar: layers come in one after the other, and leave at the end.
 *
 * @param {BarContext} context
 * @param {number[]} voices MIDI numbers of the chord.
 * @returns {Note[]}
 */
function barOf(context, voices) {
  const { bar, section, numSections, style } = context;
  const outro = section === numSections - 1;
  const full = section > 0 && !outro;
  return [
    ...padOf(context, voices),
    ...(bar >= 4 && !(outro && bar % SECTION_BARS >= 4) ? bassOf(context) : []),
    ...(style.density > 0.4 && (full || bar >= 4) ? arpOf(context, voices) : []),
    ...(full || (outro && bar % SECTION_BARS < 4) ? leadOf(context) : []),
    ...(style.density > 0.62 && full ? drumsOf(context) : []),
  ];
}

/**
 * Makes a seeded generator, for sounds and never for secrets.
 *
 * Reference: Bryc's `mulberry32`, 32 bits of state.
 *
 * @param {number} seed Integer.
 * @returns {Random}
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  function unit() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  return {
    unit,
    pick: (from) => from[Math.floor(unit() * from.length)],
    chance: (share) => unit() < share,
  };
}
