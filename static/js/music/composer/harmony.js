/** Scales, chords and how one chord leads to the next. Pure. */

/** @typedef {keyof typeof MODES} Mode */

/** Semitones above the root; modes from bright to dark. */
const MODES = {
  lydian: [0, 2, 4, 6, 7, 9, 11],
  ionian: [0, 2, 4, 5, 7, 9, 11],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  aeolian: [0, 2, 3, 5, 7, 8, 10],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
};

/** @type {Mode[]} */
export const MODES_BY_BRIGHTNESS = ["lydian", "ionian", "mixolydian", "dorian", "aeolian", "phrygian"];

/**
 * Lowest valence for which each mode is used.
 *
 * @type {[number, Mode][]}
 */
const FROM_VALENCE = [
  [0.85, "lydian"],
  [0.3, "ionian"],
  [0.08, "mixolydian"],
  [-0.3, "dorian"],
  [-0.8, "aeolian"],
];

/**
 * Roots of four chords that sound well in a mode, as degrees from 0.
 *
 * @type {Record<Mode, number[][]>}
 */
const PROGRESSIONS = {
  lydian: [
    [0, 1, 0, 4],
    [0, 4, 1, 0],
    [0, 2, 1, 4],
  ],
  ionian: [
    [0, 4, 5, 3],
    [0, 3, 4, 3],
    [0, 5, 3, 4],
    [3, 0, 4, 5],
  ],
  mixolydian: [
    [0, 6, 3, 0],
    [0, 3, 6, 3],
    [0, 4, 6, 3],
  ],
  dorian: [
    [0, 3, 0, 6],
    [0, 6, 3, 3],
    [0, 2, 3, 6],
  ],
  aeolian: [
    [0, 5, 2, 6],
    [0, 3, 5, 6],
    [0, 6, 5, 6],
    [0, 2, 5, 3],
  ],
  phrygian: [
    [0, 1, 0, 6],
    [0, 5, 1, 0],
    [0, 3, 1, 6],
  ],
};

/**
 * @param {number} valence -1..1
 * @returns {Mode}
 */
export function modeOf(valence) {
  const [, mode = "phrygian"] = FROM_VALENCE.find(([from]) => valence >= from) ?? [];
  return mode;
}

/** @param {Mode} mode */
export function progressionsOf(mode) {
  return PROGRESSIONS[mode];
}

/**
 * @param {Mode} mode
 * @param {number} root MIDI number.
 * @param {number} degree Any whole number; 7 is the octave.
 * @returns {number} MIDI number.
 */
export function pitchOf(mode, root, degree) {
  const octave = Math.floor(degree / 7);
  return root + 12 * octave + MODES[mode][degree - 7 * octave];
}

/**
 * @param {number} degree Degree of the chord's root.
 * @param {boolean} rich Whether the chord has a ninth.
 * @returns {number[]} Degrees.
 */
export function chordDegrees(degree, rich) {
  return [0, 2, 4, ...(rich ? [8] : [])].map((step) => degree + step);
}

/**
 * Puts each note of a chord into the octave in which the hand moves least.
 *
 * @param {number[]} chord MIDI numbers, in any octave.
 * @param {number[]} before Chord before; the new one stays near its middle.
 * @param {number} home MIDI number to which the hand returns, so that it never wanders off.
 * @returns {number[]} MIDI numbers in rising order.
 */
export function voiceLead(chord, before, home) {
  const last = before.reduce((sum, midi) => sum + midi, 0) / before.length;
  const middle = 0.6 * last + 0.4 * home;
  return chord.map((midi) => midi + 12 * Math.round((middle - midi) / 12)).sort((a, b) => a - b);
}
