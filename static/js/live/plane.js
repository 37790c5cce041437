/** The plane of valence and arousal: the followed face's point, and where it came from. */

import { fitCanvas, tokensOf } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";

const TRAIL_MS = 15_000;
const STEP_MS = 100;
const MARGIN = 10; // pixels
const NEAR = 0.18; // a point this near to the middle has no direction

/**
 * @typedef {import("../camera/channel.js").Point} Point
 * @typedef {{at: number, point: Point, label: string}} TrailPoint
 */

/**
 * Computes a face's place as the server does: the mean of the expressions' places, each weighted by its probability.
 *
 * @param {Record<string, number>} probs
 * @param {Record<string, Point>} places
 * @returns {Point}
 */
export function pointOf(probs, places) {
  const point = { valence: 0, arousal: 0 };
  for (const [label, prob] of Object.entries(probs)) {
    point.valence += prob * (places[label]?.valence ?? 0);
    point.arousal += prob * (places[label]?.arousal ?? 0);
  }
  return point;
}

/** @returns {(now: number, face: {id: number, label: string} | undefined, point: Point | null) => TrailPoint[]} */
export function createTrail() {
  /** @type {TrailPoint[]} */
  let trail = []; // oldest first
  /** @type {number | null} */
  let id = null;
  return (now, face, point) => {
    if (face && face.id !== id) [id, trail] = [face.id, []]; // another face has come from nowhere
    trail = trail.filter(({ at }) => now - at <= TRAIL_MS);
    const last = trail.at(-1);
    if (face && point && (!last || now - last.at >= STEP_MS))
      trail.push({ at: now, point, label: face.label });
    return trail;
  };
}

/** @param {Point | null} point */
export function placeText(point) {
  if (!point) return gettext("No face on the plane.");
  if (Math.hypot(point.valence, point.arousal) < NEAR)
    return gettext("In the middle: neither bright nor tense.");
  if (point.valence >= 0)
    return point.arousal >= 0 ? gettext("Bright and energetic.") : gettext("Bright and calm.");
  return point.arousal >= 0 ? gettext("Tense and energetic.") : gettext("Sad and calm.");
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Record<string, Point>} places
 */
export function createPlane(canvas, places) {
  const trailOf = createTrail();
  let text = "";
  /**
   * @param {number} now Milliseconds.
   * @param {{id: number, label: string, probs: Record<string, number>} | undefined} face
   */
  return (now, face) => {
    const point = face ? pointOf(face.probs, places) : null;
    const trail = trailOf(now, face, point);
    paint(canvas, { trail, point, label: face?.label ?? "neutral", now });
    if (placeText(point) === text) return;
    text = placeText(point);
    canvas.setAttribute("aria-label", text);
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{trail: TrailPoint[], point: Point | null, label: string, now: number}} state
 */
function paint(canvas, { trail, point, label, now }) {
  if (!canvas.clientWidth) return;
  const { context, width, height } = fitCanvas(canvas);
  /** @param {Point} at @returns {[number, number]} */
  const place = (at) => [
    MARGIN + ((1 + at.valence) / 2) * (width - 2 * MARGIN),
    MARGIN + ((1 - at.arousal) / 2) * (height - 2 * MARGIN),
  ];
  const token = tokensOf(canvas);
  context.lineCap = "round";
  context.lineWidth = 3;
  for (let index = 1; index < trail.length; index += 1) {
    const { at, point: to, label: name } = trail[index];
    context.globalAlpha = Math.max(0.06, 0.75 * (1 - (now - at) / TRAIL_MS));
    context.strokeStyle = token(name);
    context.beginPath();
    context.moveTo(...place(trail[index - 1].point));
    context.lineTo(...place(to));
    context.stroke();
  }
  context.globalAlpha = 1;
  if (!point) return;
  context.beginPath();
  context.arc(...place(point), 7, 0, 2 * Math.PI);
  context.fillStyle = token(label);
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = token("card");
  context.stroke();
}
