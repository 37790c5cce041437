/** The plane of valence and arousal: drawn, tapped, dragged, and moved by keys. */

import { gettext } from "../../shared/i18n.js";
import { make } from "../parts.js";
import { placeName } from "../phrases.js";
import { fittingNames, fromShare, nudge, placeOf, toShare } from "./plane.js";
import { createDrawing } from "./plane_drawing.js";

const TEXT = { letter: 6.8, mark: 26, line: 15, gap: 8, limit: 18 }; // of names of 0.75rem
const COVERS = { across: 24, down: 8 }; // pixels around a handle

/**
 * @typedef {import("./plane.js").Point} Point
 *
 * @typedef {object} Handle Point that can be moved.
 * @property {string} id
 * @property {string} name Name that is read out.
 * @property {(point: Point, done: boolean) => void} onMove `done` is false while the point is dragged.
 *
 * @typedef {{element: HTMLButtonElement, handle: Handle}} HandleButton
 *
 * @typedef {{name: string, point: Point, current: boolean}} Mark Named place, such as a playlist's.
 *
 * @typedef {Record<string, Point | null>} HandlePoints Points of the handles, by id; null hides a handle.
 *
 * @typedef {object} PlaneState
 * @property {HandlePoints} points
 * @property {Mark[]} marks
 * @property {Point | null} [live] Place of the expression now.
 * @property {Point | null} [target] Place that the music aims at.
 * @property {import("./plane_drawing.js").Trail} [trail] Where the mood was in the last minutes.
 */

/**
 * @param {HTMLElement} root
 * @param {Handle[]} handles A tap anywhere else on the plane moves the first one.
 */
export function createPlane(root, handles) {
  root.classList.add("plane");
  const drawing = createDrawing(root);
  const marks = make("div", { class: "plane-marks" });
  root.append(marks);
  const buttons = handles.map((handle) => makeHandle(root, handle));
  /** @type {PlaneState} */
  let shown = { marks: [], points: {} };

  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const pressed = /** @type {Element} */ (event.target).closest(".plane-handle");
    const own = buttons.find(({ element }) => element === pressed);
    drag(root, event, own ?? buttons[0], own !== undefined);
  });
  new ResizeObserver(() => {
    showMarks(root, marks, shown.marks);
    uncoverNames(root, marks, shown.points);
  }).observe(root);

  return {
    /** @param {PlaneState} state */
    update(state) {
      const fresh = !same(shown.marks, state.marks);
      const moved = !same(shown.points, state.points);
      if (fresh) showMarks(root, marks, state.marks);
      shown = state;
      for (const { element, handle } of buttons) showHandle(element, handle, state.points[handle.id]);
      if (fresh || moved) uncoverNames(root, marks, state.points);
      drawing.live(state.live ?? null);
      if (state.trail) drawing.trail(state.trail);
      drawing.way(state.points[handles[0].id], state.target ?? null);
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {Handle} handle
 * @returns {HandleButton}
 */
function makeHandle(root, handle) {
  const element = make("button", { type: "button", class: `plane-handle ${handle.id}`, hidden: true });
  root.append(element);
  element.addEventListener("keydown", (event) => {
    const to = nudge(pointOf(element), event.key, event.shiftKey);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    handle.onMove(to, true);
  });
  return { element, handle };
}

/**
 * @param {HTMLElement} element Handle or mark.
 * @returns {Point}
 */
function pointOf(element) {
  return { valence: Number(element.dataset.valence), arousal: Number(element.dataset.arousal) };
}

/**
 * @param {HTMLElement} element
 * @param {Handle} handle
 * @param {Point | null} point
 */
function showHandle(element, handle, point) {
  element.hidden = !point;
  if (!point) return;
  if (
    element.dataset.valence !== undefined &&
    Number(element.dataset.valence) === point.valence &&
    Number(element.dataset.arousal) === point.arousal
  )
    return;
  Object.assign(element.dataset, { valence: point.valence, arousal: point.arousal });
  moveTo(element, point);
  element.setAttribute(
    "aria-label",
    gettext("%(name)s: %(place)s", { name: handle.name, place: placeName(placeOf(point)) }),
  );
}

/**
 * @param {HTMLElement} element
 * @param {Point} point
 */
function moveTo(element, point) {
  const { x, y } = toShare(point);
  element.style.left = `${x * 100}%`;
  element.style.top = `${y * 100}%`;
}

/**
 * Follows the pointer until it is released; a tap is a drag that never moves.
 *
 * @param {HTMLElement} root
 * @param {PointerEvent} down
 * @param {HandleButton} button
 * @param {boolean} grabbed Whether the handle itself was pressed, which then stays where it is until the pointer moves.
 */
function drag(root, down, { element, handle }, grabbed) {
  if (element.hidden) return;
  down.preventDefault();
  element.focus({ preventScroll: true });
  const where = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const box = root.getBoundingClientRect();
    return fromShare((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  };
  const watching = new AbortController();
  root.setPointerCapture(down.pointerId);
  let last = grabbed ? null : where(down);
  if (last) handle.onMove(last, false);
  root.addEventListener("pointermove", (event) => handle.onMove((last = where(event)), false), watching);
  const end = () => {
    watching.abort();
    if (last) handle.onMove(last, true);
  };
  root.addEventListener("pointerup", end, watching);
  root.addEventListener("pointercancel", end, watching);
}

/**
 * @template T
 * @param {T} a
 * @param {T} b
 */
function same(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} list
 * @param {Mark[]} marks
 */
function showMarks(root, list, marks) {
  const size = { width: root.clientWidth, height: root.clientHeight };
  const ordered = [...marks].sort((a, b) => Number(b.current) - Number(a.current));
  const names = fittingNames(ordered, size, TEXT);
  list.replaceChildren(...ordered.map((mark, index) => makeMark(mark, names[index])));
}

/**
 * @param {Mark} mark
 * @param {string[]} lines Its name as far as there is room.
 */
function makeMark({ name, point, current }, lines) {
  const element = make("span", { class: "plane-mark", title: name });
  element.toggleAttribute("data-current", current);
  Object.assign(element.dataset, point);
  moveTo(element, point);
  element.textContent = lines.join("\n");
  return element;
}

/**
 * Lowers the names whose marks lie under a handle, so that they can be read.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} list
 * @param {HandlePoints} points
 */
function uncoverNames(root, list, points) {
  const inPixels = (/** @type {Point} */ point) => {
    const { x, y } = toShare(point);
    return [x * root.clientWidth, y * root.clientHeight];
  };
  const over = Object.values(points).flatMap((point) => (point ? [inPixels(point)] : []));
  for (const mark of /** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)) {
    const [x, y] = inPixels(pointOf(mark));
    const covered = over.some(
      ([px, py]) => Math.abs(px - x) < COVERS.across && Math.abs(py - y) < COVERS.down,
    );
    mark.toggleAttribute("data-covered", covered);
  }
}
