/** Ribbons: for each face a row of coloured bands, which expression it showed when. */

import { fitCanvas, tokensOf } from "../shared/dom.js";
import { ribbonsOf } from "./history.js";

const ROW = 22;
const GAP = 8;
const NUMBER = 20; // width of the row's number

/**
 * @typedef {import("./history.js").Sample} Sample
 *
 * @typedef {object} RibbonStyle
 * @property {(label: string) => string} color
 * @property {string} ground Colour of a time without a face.
 * @property {string} ink Colour of the numbers.
 *
 * @param {number} count Number of faces.
 */
export function heightOf(count) {
  return Math.max(count, 1) * (ROW + GAP) - GAP;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<typeof ribbonsOf>} ribbons
 * @param {{x: number, y: number, width: number, style: RibbonStyle}} view
 */
export function paintRibbons(context, ribbons, { x, y, width, style }) {
  const isNumbered = ribbons.length > 1 || (ribbons[0]?.face ?? 1) > 1;
  const left = x + (isNumbered ? NUMBER : 0);
  const inner = width - (left - x);
  context.textBaseline = "middle";
  ribbons.forEach(({ face, bands }, index) => {
    const top = y + index * (ROW + GAP);
    context.save();
    context.beginPath();
    context.roundRect(left, top, inner, ROW, 6);
    context.fillStyle = style.ground;
    context.fill();
    context.clip();
    for (const { from, to, label, sure } of bands) {
      context.globalAlpha = sure ? 1 : 0.35;
      context.fillStyle = style.color(label);
      context.fillRect(left + from * inner, top, Math.max((to - from) * inner, 1), ROW);
    }
    context.restore();
    if (!isNumbered) return;
    context.font = "600 13px system-ui, sans-serif";
    context.fillStyle = style.ink;
    context.fillText(String(face), x, top + ROW / 2 + 1);
  });
}

/**
 * Draws the ribbons of the last minutes on a canvas as wide as its place on the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Sample[]} samples
 * @param {number} windowMs
 */
export function drawRibbons(canvas, samples, windowMs) {
  const ribbons = ribbonsOf(samples, windowMs);
  canvas.style.height = `${heightOf(ribbons.length)}px`;
  const { context, width } = fitCanvas(canvas);
  paintRibbons(context, ribbons, { x: 0, y: 0, width, style: styleOf(canvas) });
}

/**
 * @param {Element} element
 * @returns {RibbonStyle} The page's colours, as they are in the visitor's scheme.
 */
export function styleOf(element) {
  const token = tokensOf(element);
  return { color: token, ground: token("line"), ink: token("ink-soft") };
}
