/** A small seeded generator, so that a piece is the same each time it is made. Pure. */

/**
 * Reference: Bryc's `mulberry32`, 32 bits of state, for sounds and never for secrets.
 *
 * @param {number} seed An integer.
 * @returns {{unit: () => number, pick: <T>(from: T[]) => T, chance: (share: number) => boolean, whole: (low: number, high: number) => number}}
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
    whole: (low, high) => low + Math.floor(unit() * (high - low + 1)),
  };
}
