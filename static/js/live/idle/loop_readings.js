/** What is drawn over the picture of the first page at each moment of its loop. Pure. */

/**
 * @typedef {object} LoopReadings What the model reads in the loop (`make samples`).
 * @property {number} seconds Length of the loop.
 * @property {string[]} labels Expressions of the bars.
 * @property {number[][]} readings x, y, width and height of the box as shares of the picture, then a probability per
 *   label; evenly spread over the loop.
 *
 * @typedef {object} LoopReading
 * @property {number[]} box
 * @property {number[]} shares Probabilities in the order of the labels.
 * @property {number} top Index of the most probable label.
 */

/**
 * @param {LoopReadings} loop
 * @param {number} t Seconds since the loop's first beginning.
 * @returns {LoopReading} Between two readings, what lies between them.
 */
export function loopReadingAt({ seconds, readings }, t) {
  const at = ((t % seconds) / seconds) * readings.length;
  const index = Math.floor(at);
  const [before, after] = [readings[index], readings[(index + 1) % readings.length]];
  const between = before.map((value, part) => value + (after[part] - value) * (at - index));
  const [box, shares] = [between.slice(0, 4), between.slice(4)];
  return { box, shares, top: shares.indexOf(Math.max(...shares)) };
}
