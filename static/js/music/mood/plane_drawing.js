/** The drawing behind the plane's points: the axes, the way to the target, and the expression as it moves. */

import { svgElement } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";
import { make } from "../parts.js";
import { toShare } from "./plane.js";

/**
 * @typedef {import("./plane.js").Point} Point
 * @typedef {{older: import("./trail.js").TrailPoint[], recent: import("./trail.js").TrailPoint[]}} Trail
 */

/**
 * @param {Element} parent
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 */
function drawn(parent, tag, attributes) {
  const element = svgElement(tag, attributes);
  parent.append(element);
  return element;
}

/**
 * @param {Point} point
 * @returns {[number, number]} Percent of the plane's width and height.
 */
const xy = (point) => {
  const { x, y } = toShare(point);
  return [x * 100, y * 100];
};

/**
 * Draws the axes, the way to the target, and the expression as it moves.
 *
 * @param {HTMLElement} root
 */
export function createDrawing(root) {
  const picture = drawn(root, "svg", {
    viewBox: "0 0 100 100",
    "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  drawn(picture, "path", { class: "axis", d: "M50 4V96M4 50H96" });
  const way = drawn(picture, "line", { class: "way" });
  const older = drawn(picture, "polyline", { class: "older-trail" });
  const recent = drawn(picture, "polyline", { class: "trail" });
  const dot = drawn(picture, "circle", { class: "live", r: 0.01 }); // its stroke is the dot, round on any plane
  const words = {
    top: gettext("energetic"),
    bottom: gettext("calm"),
    left: gettext("sad, tense"),
    right: gettext("bright"),
  };
  for (const [side, word] of Object.entries(words)) {
    const element = make("span", { class: "axis-word", "aria-hidden": "true" }, word);
    element.classList.add(`at-${side}`);
    root.append(element);
  }
  const line = (/** @type {import("./trail.js").TrailPoint[]} */ points) =>
    points
      .map(({ point }) =>
        xy(point)
          .map((at) => at.toFixed(1))
          .join(","),
      )
      .join(" ");
  return {
    /** @param {Trail} trail */
    trail(trail) {
      older.setAttribute("points", line([...trail.older, ...trail.recent.slice(0, 1)]));
      recent.setAttribute("points", line(trail.recent));
    },
    /** @param {Point | null} point */
    live(point) {
      dot.toggleAttribute("hidden", !point);
      if (point) place(dot, ["cx", "cy"], xy(point));
    },
    /**
     * @param {Point | null} from
     * @param {Point | null} to
     */
    way(from, to) {
      way.toggleAttribute("hidden", !from || !to);
      if (!from || !to) return;
      place(way, ["x1", "y1"], xy(from));
      place(way, ["x2", "y2"], xy(to));
    },
  };
}

/**
 * @param {Element} element
 * @param {[string, string]} names Attributes for x and y.
 * @param {[number, number]} at
 */
function place(element, names, at) {
  names.forEach((name, index) => element.setAttribute(name, at[index].toFixed(2)));
}
