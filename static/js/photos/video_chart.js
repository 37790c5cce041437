/** A clip's timeline as a picture and in words. */

import { gettext } from "../shared/i18n.js";
import { adjective } from "../shared/words.js";

const SVG = "http://www.w3.org/2000/svg";

/** @param {Record<string, number> | null} shares @returns {[string, number] | null} The largest, with its label. */
export function leading(shares) {
  return shares ? Object.entries(shares).reduce((most, one) => (one[1] > most[1] ? one : most)) : null;
}

/** @param {number} seconds @returns {string} `1:02` */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/**
 * When the leading expression changed.
 *
 * @param {{t_s: number, shares: Record<string, number> | null}[]} samples
 * @returns {{t_s: number, label: string | null}[]}
 */
export function changesOf(samples) {
  const all = samples.map(({ t_s, shares }) => ({ t_s, label: leading(shares)?.[0] ?? null }));
  return all.filter(({ label }, at) => at === 0 || label !== all[at - 1].label);
}

/** @param {{t_s: number, label: string | null}} change */
export function words({ t_s, label }) {
  return `${clock(t_s)} ${label ? adjective(label) : gettext("no face found")}`;
}

/**
 * One column per picture, filled with the expressions' shares; empty where there is no face.
 *
 * @param {HTMLElement} place @param {object} clip As `POST /api/v1/videos` has it.
 */
export function drawChart(place, { samples, duration_s: duration }) {
  const columns = samples.flatMap(({ t_s: start, shares }, at) => {
    const width = (samples[at + 1]?.t_s ?? duration) - start;
    let top = 0;
    return Object.entries(shares ?? {}).map(([label, share]) => {
      const part = svg("rect", { x: start, y: top, width, height: share, "data-expression": label });
      top += share;
      return part;
    });
  });
  const chart = svg("svg", { viewBox: `0 0 ${duration} 1`, preserveAspectRatio: "none" });
  chart.append(...columns);
  place.replaceChildren(chart);
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
