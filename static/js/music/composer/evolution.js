/** How the style of a piece moves from bar to bar towards the place that it should sound like. Pure. */

import { MODES_BY_BRIGHTNESS, modeOf } from "./harmony.js";

/** Largest change of tempo from one bar to the next, as a factor: above it listeners hear a jump. */
export const TEMPO_RATIO = 1.06;
/** Bars of a phrase: the key changes between two of them. */
export const PHRASE_BARS = 4;

const DENSITY_STEP = 0.2;
const BRIGHTNESS_STEP = 0.2;
const MODE_STEPS = 2; // neighbours differ by one note of seven
const KEY_STEP = 4; // semitones
const KEY_MARGIN = 2; // a smaller change of register is not worth a change of key
const MODE_MARGIN = 0.05; // of valence, beyond a mode's range: a face is never quite still

/**
 * @typedef {import("./composer.js").Style} Style
 *
 * @param {import("../mood/plane.js").Point} point
 * @returns {Style} Style of a piece that stays at this place.
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
 * @param {Style} before Style of the bar before.
 * @param {import("../mood/plane.js").Point} point Place that the piece should sound like.
 * @param {{bar: number, chordBars: number}} at Number of the next bar, and the bars that a chord lasts there.
 * @returns {Style} Style of the next bar.
 */
export function evolve(before, point, { bar, chordBars }) {
  const goal = styleOf(point);
  const startsChord = bar % chordBars === 0;
  return {
    tempo: clamp(goal.tempo, before.tempo / TEMPO_RATIO, before.tempo * TEMPO_RATIO),
    // Under a chord that is held, another mode would clash with it.
    mode: startsChord ? nearerMode(before.mode, point.valence) : before.mode,
    register: bar % PHRASE_BARS === 0 ? nearerKey(before.register, goal.register) : before.register,
    density: towards(before.density, goal.density, DENSITY_STEP),
    brightness: towards(before.brightness, goal.brightness, BRIGHTNESS_STEP),
  };
}

/**
 * @param {import("./harmony.js").Mode} mode
 * @param {number} valence
 */
function nearerMode(mode, valence) {
  const modes = MODES_BY_BRIGHTNESS;
  const darkest = modes.indexOf(modeOf(valence - MODE_MARGIN));
  const brightest = modes.indexOf(modeOf(valence + MODE_MARGIN));
  const at = modes.indexOf(mode);
  const goal = clamp(at, brightest, darkest);
  return modes[towards(at, goal, MODE_STEPS)];
}

/**
 * @param {number} register
 * @param {number} goal
 */
function nearerKey(register, goal) {
  return Math.abs(goal - register) < KEY_MARGIN ? register : towards(register, goal, KEY_STEP);
}

/**
 * @param {number} from
 * @param {number} goal
 * @param {number} step Largest change.
 */
function towards(from, goal, step) {
  return clamp(goal, from - step, from + step);
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
