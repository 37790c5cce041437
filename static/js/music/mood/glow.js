/** The page's glow: the colour of the plane at a place, which CSS mixes from the colours of the four corners. */

import { toShare } from "./plane.js";

const STEP = 5; // percent: finer steps nobody sees, and each repaints the page

/**
 * @param {import("./plane.js").Point} point
 * @returns {{right: number, up: number}} Shares of the corners on the right and at the top, in percent.
 */
export function glowOf(point) {
  const { x, y } = toShare(point);
  const percent = (/** @type {number} */ share) =>
    STEP * Math.round((100 * Math.max(0, Math.min(1, share))) / STEP);
  return { right: percent(x), up: percent(1 - y) };
}

/**
 * @param {HTMLElement} root Element whose custom properties `--glow-right` and `--glow-up` it sets.
 * @param {import("./plane.js").Point} point
 */
export function showGlow(root, point) {
  for (const [name, percent] of Object.entries(glowOf(point))) {
    const value = `${percent}%`;
    if (root.style.getPropertyValue(`--glow-${name}`) !== value)
      root.style.setProperty(`--glow-${name}`, value);
  }
}
