/** Scales, chords and how one chord leads to the next. Pure. */

/** From bright to dark: semitones above the root. */
const MODES = {
  lydian: [0, 2, 4, 6, 7, 9, 11],
  ionian: [0, 2, 4, 5, 7, 9, 11],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  aeolian: [0, 2, 3, 5, 7, 8, 10],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
};

/** From which valence on a mode is used. */
const FROM_VALENCE = [
  [0.85, "lydian"],
  [0.3, "ionian"],
  [0.08, "mixolydian"],
  [-0.3, "dorian"],
  [-0.8, "aeolian"],
  [-2, "phrygian"],
];

/** Degrees from 0 of four chords that sound well in a mode. */
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

/** @param {number} valence -1..1 */
export function modeOf(valence) {
  return FROM_VALENCE.find(([from]) => valence >= from)[1];
}

/** @param {string} mode */
export function progressionsOf(mode) {
  return PROGRESSIONS[mode];
}

/**
 * @param {string} mode
 * @param {number} root A MIDI number.
 * @param {number} degree Any whole number; 7 is the octave.
 * @returns {number} A MIDI number.
 */
export function pitchOf(mode, root, degree) {
  const octave = Math.floor(degree / 7);
  return root + 12 * octave + MODES[mode][degree - 7 * octave];
}

/**
 * @param {number} degree Of the chord's root.
 * @param {boolean} rich Whether it has a ninth.
 * @returns {number[]} Degrees.
 */
export function chordDegrees(degree, rich) {
  return [0, 2, 4, ...(rich ? [8] : [])].map((step) => degree + step);
}

/**
 * Puts each note of a chord into the octave in which the hand moves least.
 *
 * @param {number[]} chord MIDI numbers in any octave.
 * @param {number[]} before The last chord; this one stays near its middle.
 * @param {number} home A MIDI number to which the hand comes back, so that it never wanders off.
 * @returns {number[]} In rising order.
 */
export function voiceLead(chord, before, home) {
  const last = before.reduce((sum, midi) => sum + midi, 0) / before.length;
  const middle = 0.6 * last + 0.4 * home;
  return chord.map((midi) => midi + 12 * Math.round((middle - midi) / 12)).sort((a, b) => a - b);
}
