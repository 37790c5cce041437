/** The layers of a built-in piece: the notes that each of them adds to a bar. Pure, but for the piece's generator. */

import { chordDegrees, pitchOf, progressionsOf, voiceLead } from "./harmony.js";

/**
 * @typedef {import("./composer.js").BarContext} BarContext
 * @typedef {import("./composer.js").Note} Note
 * @typedef {import("./composer.js").Style} Style
 */

/** Beats of a bar. */
export const BEATS = 4;

/**
 * @param {Style} style
 * @returns {number} Bars that a chord lasts: slow music changes its chord every other bar.
 */
export function chordBarsOf({ density }) {
  return density < 0.45 ? 2 : 1;
}

/**
 * Finds the root of a bar's chord, in a progression that sounds well in the mode of the bar.
 *
 * @param {BarContext} context
 */
function chordDegree({ bar, style, theme, chordBars }) {
  const progressions = progressionsOf(style.mode);
  const degrees = progressions[Math.floor(theme.progression * progressions.length)];
  return degrees[Math.floor(bar / chordBars) % 4];
}

/**
 * @param {BarContext} context
 * @returns {number[]} Eighths of two bars, 0..15, on which the line sounds: the denser the music, the more.
 */
function rhythmOf({ theme, style }) {
  const weight = (/** @type {number} */ at) =>
    at % 8 === 0 ? 0.9 : at % 4 === 0 ? 0.6 : at % 2 === 0 ? 0.4 : 0.16;
  const rhythm = theme.rests
    .map((rest, at) => (rest < weight(at) * (0.35 + 0.75 * style.density) ? at : -1))
    .filter((at) => at >= 0);
  return rhythm.length > 1 ? rhythm : [0, 6];
}

/** @param {BarContext} context */
export function chordAt(context) {
  const { style, root } = context;
  return chordDegrees(chordDegree(context), style.density < 0.7).map((degree) =>
    pitchOf(style.mode, root, degree),
  );
}

/**
 * @param {BarContext} context
 * @param {number[]} voices
 * @returns {Note[]}
 */
export function padOf(context, voices) {
  const { bar, beat, chordBars, random } = context;
  if (bar % chordBars) return [];
  const lasts = chordBars * BEATS * beat * 0.98;
  return voices.map((midi) => ({
    layer: "pad",
    at: context.start,
    lasts,
    midi,
    velocity: 0.32 + 0.1 * random.unit(),
  }));
}

/**
 * @param {BarContext} context
 * @returns {Note[]}
 */
export function bassOf(context) {
  const { style, root, beat, random } = context;
  const midi = pitchOf(style.mode, root - 24, chordDegree(context));
  const beats = style.density > 0.75 ? [0, 1.5, 2, 3.5] : style.density > 0.5 ? [0, 2.5] : [0];
  const lasts = (style.density > 0.75 ? 0.45 : style.density > 0.5 ? 1.4 : 3.6) * beat;
  return beats.map((at) => ({
    layer: "bass",
    at: context.start + at * beat,
    lasts,
    midi: midi < 31 ? midi + 12 : midi,
    velocity: 0.5 + 0.12 * random.unit(),
  }));
}

/**
 * @param {BarContext} context
 * @param {number[]} voices
 * @returns {Note[]}
 */
export function arpOf(context, voices) {
  const { theme, beat, style, random } = context;
  const num = style.density > 0.82 ? 16 : 8;
  const step = (BEATS * beat) / num;
  /** @type {Note[]} */
  const notes = [];
  for (let at = 0; at < num; at += 1) {
    const midi = voices[theme.pattern[at % 4] % voices.length] + 12;
    const velocity = (at % 4 === 0 ? 0.34 : 0.22) + 0.08 * random.unit();
    if (random.chance(0.45 + 0.55 * style.density))
      notes.push({ layer: "arp", at: context.start + at * step, lasts: step * 0.8, midi, velocity });
  }
  return notes;
}

/**
 * Writes the theme's phrase on the chord of the bar; every other pair of quiet bars rests.
 *
 * @param {BarContext} context
 * @returns {Note[]}
 */
export function leadOf(context) {
  const { bar, theme, beat, style, root, random } = context;
  if (style.density < 0.6 && bar % 4 >= 2) return [];
  const half = bar % 2;
  let degree = chordDegree(context) + (bar % 4 < 2 ? 4 : 2);
  const rhythm = rhythmOf(context);
  return rhythm
    .filter((at) => Math.floor(at / 8) === half)
    .map((at) => {
      degree = at % 8 === 0 ? degree : Math.max(0, Math.min(13, degree + theme.moves[at]));
      const next = rhythm.find((other) => other > at && Math.floor(other / 8) === half) ?? 8 * (half + 1);
      const lasts = Math.min(next - at, 4) * 0.5 * beat * 0.95;
      return {
        layer: "lead",
        at: context.start + (at % 8) * 0.5 * beat,
        lasts,
        midi: pitchOf(style.mode, root + 12, degree),
        velocity: 0.34 + 0.16 * random.unit(),
      };
    });
}

/**
 * @param {BarContext} context
 * @returns {Note[]}
 */
export function drumsOf(context) {
  const { beat, style, random } = context;
  const kicks = style.density > 0.78 ? [0, 1, 2, 3] : [0, 2];
  const at = (/** @type {number} */ beats) => context.start + beats * beat;
  /** @type {Note[]} */
  const kick = kicks.map((beats) => ({
    layer: "kick",
    at: at(beats),
    lasts: 0.2,
    midi: 33,
    velocity: beats === 0 ? 0.55 : 0.42,
  }));
  /** @type {Note[]} */
  const hat = [0.5, 1.5, 2.5, 3.5].map((beats) => ({
    layer: "hat",
    at: at(beats),
    lasts: 0.05,
    midi: 90,
    velocity: 0.16 + 0.1 * random.unit(),
  }));
  return [...kick, ...hat];
}

/**
 * @param {number[]} voices MIDI numbers of the chord before.
 * @param {{root: number, end: number, beat: number, style: Style}} piece
 * @returns {Note[]}
 */
export function lastChord(voices, { root, end, beat, style }) {
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
