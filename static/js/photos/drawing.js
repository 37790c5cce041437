/** Drawings of results: boxes and saliency map over a photo, and the chart of a video. */

import { svgElement } from "../shared/dom.js";
import { saliencyImage } from "../shared/explain.js";
import { readingOf } from "../shared/words.js";

const SMALL_BOX = 0.14; // share of the photo's width below which a box has no room for its word
const LABEL_ROOM = 0.08; // share of the photo's height above a box that its label needs

/** @typedef {import("../shared/explain.js").Explanation} Explanation */

/**
 * Draws each face's box with its number and its label: a button that chooses it.
 *
 * @param {HTMLElement} frame Element around the photo.
 * @param {object} view
 * @param {import("./api.js").PhotoResult} view.result
 * @param {number} view.chosen Index of the face whose reading is shown.
 * @param {(face: number) => void} view.choose
 */
export function drawFaces(frame, { result: { faces }, chosen, choose }) {
  const focused = [...frame.querySelectorAll(".face-box")].indexOf(
    /** @type {Element} */ (document.activeElement),
  );
  const layer = document.createElement("div");
  layer.classList.add("layer", "boxes");
  layer.append(...faces.map((face, index) => boxOf(face, index, faces.length > 1)));
  [...layer.children].forEach((box, index) => {
    box.setAttribute("aria-pressed", String(index === chosen));
    box.addEventListener("click", () => choose(index));
  });
  frame.querySelector(".boxes")?.remove();
  frame.append(layer);
  if (focused >= 0) /** @type {HTMLElement} */ (layer.children[focused])?.focus();
}

/**
 * @param {import("./api.js").Face} face
 * @param {number} index
 * @param {boolean} isNumbered
 */
function boxOf(face, index, isNumbered) {
  const [x, y, w, h] = face.box;
  const box = document.createElement("button");
  box.type = "button";
  box.className = "face-box";
  box.dataset.expression = face.label;
  box.toggleAttribute("data-small", w < SMALL_BOX);
  box.toggleAttribute("data-high", y < LABEL_ROOM);
  box.toggleAttribute("data-right", x + w / 2 > 0.5);
  const place = { left: x, top: y, width: w, height: h };
  for (const [side, share] of Object.entries(place)) box.style.setProperty(side, `${100 * share}%`);
  const number = isNumbered ? `${index + 1} ` : "";
  const word = readingOf(face).label;
  box.setAttribute("aria-label", number + word); // what stands on the box, where there is room for it
  const tag = document.createElement("span");
  tag.className = "tag";
  if (isNumbered) tag.append(Object.assign(document.createElement("b"), { textContent: number }));
  tag.append(Object.assign(document.createElement("span"), { textContent: word }));
  box.append(tag);
  return box;
}

/**
 * Draws what speaks for a face's label over the photo, or removes it.
 *
 * @param {HTMLElement} frame
 * @param {import("./api.js").PhotoResult} result
 * @param {Explanation | null} explanation
 */
export function drawExplanation(frame, { width, height }, explanation) {
  frame.querySelector("svg.layer")?.remove();
  if (!explanation) return;
  const layer = svgElement("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
    class: "layer",
  });
  layer.append(saliencyLayer(explanation, width, height));
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
function saliencyLayer(explanation, width, height) {
  const [[x0, y0], [x1, y1], , [x3, y3]] = explanation.corners.map(([x, y]) => [x * width, y * height]);
  const transform = `matrix(${[x1 - x0, y1 - y0, x3 - x0, y3 - y0, x0, y0].join(" ")})`;
  return svgElement("image", {
    href: saliencyImage(explanation).toDataURL(),
    width: 1,
    height: 1,
    preserveAspectRatio: "none",
    transform,
    class: "heat",
  });
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
