/**
 * Writes the built-in pieces, bar by bar: notes from a seed and from the places on the plane that they follow. Pure,
 * and the same each time; `player/piece_player.js` plays them.
 *
 * Reference: Gabrielsson & Lindström 2010, The role of structure in the musical expression of emotions: fast tempo and
 * dense notes sound active, major-like modes and a higher register pleasant.
 */

import { evolve, styleOf } from "./evolution.js";
import { voiceLead } from "./harmony.js";
import { BEATS, arpOf, bassOf, chordAt, chordBarsOf, drumsOf, lastChord, leadOf, padOf } from "./layers.js";

export { styleOf };

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
 * @typedef {object} Bar
 * @property {number} at Seconds from the beginning of the piece.
 * @property {number} lasts Duration in seconds.
 * @property {Style} style
 * @property {Note[]} notes Notes in the order of time.
 *
 * @typedef {object} Piece
 * @property {Style} style
 * @property {number} lasts Duration in seconds.
 * @property {Note[]} notes Notes in the order of time.
 *
 * @typedef {object} Theme
 * @property {number} progression Share of the way through the progressions of a mode, 0..1.
 * @property {number[]} rests Reluctance of each eighth of two bars to sound in the line, 0..1.
 * @property {number[]} moves Steps of the line at each of the eighths.
 * @property {number[]} pattern Order of a chord's notes in its arpeggio.
 *
 * @typedef {object} BarContext
 * @property {number} bar Number of the bar, from 0.
 * @property {number} start Seconds from the beginning of the piece.
 * @property {number} outroBar Number of the bar within the outro; negative before it.
 * @property {Style} style
 * @property {number} root MIDI number.
 * @property {Theme} theme
 * @property {number} beat Seconds of a beat.
 * @property {number} chordBars Bars that a chord lasts.
 * @property {Random} random
 *
 * @typedef {object} Random
 * @property {() => number} unit Next number, 0..1.
 * @property {<T>(from: T[]) => T} pick
 * @property {(share: number) => boolean} chance Takes the probability of true, 0..1.
 */

const SECTION_BARS = 8;
const MIN_SECTIONS = 3;
const INTRO_BARS = 2; // a listener who has just changed the mood must not wait for the line and the drums
const MIDDLE_ROOT = 57;

/** A piece that is written bar by bar, each for the place on the plane that counts by then. */
export class Composition {
  #lasts;
  #random;
  #key;
  #themes;
  #voices;
  #style;
  #chordBars;
  #bar = 0;
  #at = 0;
  #outroFrom = Infinity; // number of a bar
  #isOver = false;

  /**
   * @param {object} request
   * @param {number} request.seed Integer.
   * @param {import("../mood/plane.js").Point} request.point Place at which the piece begins.
   * @param {number} request.lasts Approximate duration in seconds; the piece ends with a whole section.
   */
  constructor({ seed, point, lasts }) {
    this.#lasts = lasts;
    this.#style = styleOf(point);
    this.#chordBars = chordBarsOf(this.#style);
    this.#random = createRandom(seed);
    this.#key = MIDDLE_ROOT + this.#random.pick([-5, -4, -2, 0, 2, 3]);
    this.#themes = [makeTheme(this.#random), makeTheme(this.#random)];
    this.#voices = [-5, 0, 4].map((step) => this.#root + step);
  }

  /** Style of the bar that was written last. */
  get style() {
    return this.#style;
  }

  /** Seconds from the beginning of the piece to the next bar. */
  get at() {
    return this.#at;
  }

  /** Seconds from the beginning of the piece to its end; an estimate until the outro begins. */
  get end() {
    if (this.#isOver) return this.#at;
    const bars = this.#outroFrom + SECTION_BARS + 2 - this.#bar;
    return Number.isFinite(bars) ? this.#at + bars * this.#barLasts : this.#lasts;
  }

  /**
   * @param {import("../mood/plane.js").Point} point Place on the plane that the bar should sound like.
   * @returns {Bar | null} Next bar; null after the last chord.
   */
  next(point) {
    if (this.#isOver) return null;
    if (this.#bar % SECTION_BARS === 0) this.#planEnd();
    const isEnd = this.#bar === this.#outroFrom + SECTION_BARS;
    if (!isEnd && this.#bar > 0) this.#follow(point);
    const [at, beat, style] = [this.#at, 60 / this.#style.tempo, this.#style];
    const notes = isEnd
      ? lastChord(this.#voices, { root: this.#root, end: at, beat, style })
      : this.#notesOf(beat);
    const lasts = (isEnd ? 2 : 1) * this.#barLasts;
    this.#isOver = isEnd;
    this.#at += lasts;
    this.#bar += 1;
    notes.sort((a, b) => a.at - b.at || a.midi - b.midi);
    return { at, lasts, style, notes };
  }

  get #root() {
    return this.#key + this.#style.register;
  }

  get #barLasts() {
    return (BEATS * 60) / this.#style.tempo;
  }

  /** Makes the next section the outro if the piece would be too long with another one. */
  #planEnd() {
    const left = (this.#lasts - this.#at) / (SECTION_BARS * this.#barLasts);
    const isLater = this.#bar >= (MIN_SECTIONS - 1) * SECTION_BARS;
    if (isLater && left < 1.5) this.#outroFrom = Math.min(this.#outroFrom, this.#bar);
  }

  /** @param {import("../mood/plane.js").Point} point */
  #follow(point) {
    const at = { bar: this.#bar, chordBars: this.#chordBars };
    this.#style = evolve(this.#style, point, at);
    // Only at even bars no chord is held, so that chords may become longer or shorter.
    if (this.#bar % 2 === 0) this.#chordBars = chordBarsOf(this.#style);
  }

  /** @param {number} beat */
  #notesOf(beat) {
    const [bar, section] = [this.#bar, Math.floor(this.#bar / SECTION_BARS)];
    /** @type {BarContext} */
    const context = {
      bar,
      start: this.#at,
      outroBar: bar - this.#outroFrom,
      style: this.#style,
      root: this.#root,
      theme: this.#themes[section % 4 === 2 ? 1 : 0],
      beat,
      chordBars: this.#chordBars,
      random: this.#random,
    };
    this.#voices = voiceLead(chordAt(context), this.#voices, context.root);
    return barOf(context, this.#voices);
  }
}

/**
 * Composes a whole piece for a place that stays.
 *
 * @param {object} request
 * @param {number} request.seed Integer.
 * @param {import("../mood/plane.js").Point} request.point
 * @param {number} request.lasts Approximate duration in seconds; the piece ends with a whole section.
 * @returns {Piece}
 */
export function compose(request) {
  const composition = new Composition(request);
  /** @type {Note[]} */
  const notes = [];
  for (let bar = composition.next(request.point); bar; bar = composition.next(request.point))
    notes.push(...bar.notes);
  return { style: composition.style, lasts: composition.end, notes };
}

/**
 * Makes a progression of chords, and a phrase of two bars for the line.
 *
 * @param {Random} random
 * @returns {Theme}
 */
function makeTheme(random) {
  const eighths = Array.from({ length: 16 }, (_, at) => at);
  return {
    rests: eighths.map(() => random.unit()),
    progression: random.unit(),
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
  const { bar, outroBar, style } = context;
  const isFull = bar >= INTRO_BARS && outroBar < 0;
  const isLeaving = outroBar >= SECTION_BARS / 2;
  return [
    ...padOf(context, voices),
    ...(isLeaving ? [] : bassOf(context)),
    ...(style.density > 0.4 && bar > 0 ? arpOf(context, voices) : []),
    ...(bar >= INTRO_BARS && !isLeaving ? leadOf(context) : []),
    ...(style.density > 0.62 && isFull ? drumsOf(context) : []),
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
