/** Drawings of results: boxes and saliency map over a photo, and the chart of a video. */

import { svgElement } from "../shared/dom.js";
import { saliencyImage } from "../shared/explain.js";

/** @typedef {import("../shared/explain.js").Explanation} Explanation */

/**
 * @param {HTMLElement} frame Element around the photo.
 * @param {object} view
 * @param {import("./api.js").PhotoResult} view.result
 * @param {number} view.chosen Index of the face whose reading is shown.
 * @param {Explanation | null} view.explanation
 */
export function drawFaces(frame, { result, chosen, explanation }) {
  const { width, height } = result;
  const layer = svgElement("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  if (explanation) layer.append(saliencyLayer(explanation, width, height));
  result.faces.forEach(({ box: [x, y, w, h] }, index) => {
    const place = { x: x * width, y: y * height, width: w * width, height: h * height };
    const rx = Math.max(width, height) * 0.006;
    layer.append(svgElement("rect", { ...place, rx, class: index === chosen ? "chosen" : "" }));
  });
  frame.querySelector("svg")?.remove();
  frame.append(layer);
}

/**
 * Gives the frame the photo's shape, so that shares of the photo are shares of the frame.
 *
 * @param {HTMLElement} frame
 * @param {number} width
 * @param {number} height
 */
export function fit(frame, width, height) {
  frame.style.aspectRatio = `${width} / ${height}`;
  frame.dataset.wide = String(width / height >= 4 / 3);
}

/**
 * @param {Explanation} explanation
 * @param {number} width
 * @param {number} height
 */
function saliencyLayer({ heat: saliency, corners }, width, height) {
  const [[x0, y0], [x1, y1], , [x3, y3]] = corners.map(([x, y]) => [x * width, y * height]);
  const transform = `matrix(${[x1 - x0, y1 - y0, x3 - x0, y3 - y0, x0, y0].join(" ")})`;
  return svgElement("image", {
    href: saliencyImage(saliency, colorOf).toDataURL(),
    width: 1,
    height: 1,
    preserveAspectRatio: "none",
    transform,
    class: "heat",
  });
}

/**
 * Warm where something speaks for the label, clear where nothing does.
 *
 * @param {number} share
 */
function colorOf(share) {
  return [255, 210 - 150 * share, 40, 255 * 0.75 * share];
}

/**
 * Draws one column per image, filled with the expressions' shares; empty where there is no face.
 *
 * @param {HTMLElement} place
 * @param {import("./api.js").VideoResult} video
 */
export function drawChart(place, { samples, duration_s: duration }) {
  const columns = samples.flatMap(({ t_s: start, shares }, index) => {
    const width = (samples[index + 1]?.t_s ?? duration) - start;
    let top = 0;
    return Object.entries(shares ?? {}).map(([label, share]) => {
      const part = svgElement("rect", { x: start, y: top, width, height: share, "data-expression": label });
      top += share;
      return part;
    });
  });
  const chart = svgElement("svg", { viewBox: `0 0 ${duration} 1`, preserveAspectRatio: "none" });
  chart.append(...columns);
  place.replaceChildren(chart);
}
