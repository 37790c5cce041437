/** Numbers that glide to their new values, bars and texts alike. Pure: time is an argument. */

const TAU_MS = 50; // after 150 ms 95 % of a change shows
const NEAR = 0.002;
const MAX_STEP_MS = 34; // the first step after a rest is no jump

/** @param {() => boolean} isStill Whether the visitor prefers less motion: values then jump. */
export function createEased(isStill) {
  /** @type {number[] | null} */
  let shown = null;
  let stepped = 0;
  return {
    /**
     * @param {number[] | null} target The same number of values as before; null for none.
     * @param {number} now Milliseconds.
     * @returns {{values: number[] | null, isDone: boolean}} Values to show now, and whether they have arrived.
     */
    step(target, now) {
      const share = 1 - Math.exp(-Math.min(now - stepped, MAX_STEP_MS) / TAU_MS);
      stepped = now;
      if (!target || !shown || isStill()) shown = target;
      else shown = shown.map((value, index) => value + share * (target[index] - value));
      const isDone = !shown || shown.every((value, index) => Math.abs(value - (target?.[index] ?? 0)) < NEAR);
      if (isDone) shown = target;
      return { values: shown, isDone };
    },
  };
}
