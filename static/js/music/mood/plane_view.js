/** The plane of valence and arousal: drawn, tapped, dragged, and moved by keys. */

import { gettext } from "../../shared/i18n.js";
import { placeName } from "../phrases.js";
import { fittingNames, fromShare, nudge, placeOf, toShare } from "./plane.js";

const SVG = "http://www.w3.org/2000/svg";
const TRAIL = 40;
const LETTERS = 18;
const COVERS = { across: 24, down: 8 };

/**
 * @typedef {object} Handle A point that can be moved.
 * @property {string} id
 * @property {string} name What it is, for people.
 * @property {(point: import("./plane.js").Point, done: boolean) => void} onMove `done` is false while it is dragged.
 *
 * @param {HTMLElement} root
 * @param {Handle[]} handles A tap beside them moves the first one.
 */
export function createPlane(root, handles) {
  root.classList.add("plane");
  const drawing = draw(root);
  const marks = child(root, "div", "plane-marks");
  const buttons = handles.map((handle) => makeHandle(root, handle));
  let shown = { marks: [], points: {} };

  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const own = buttons.find(({ element }) => element === event.target.closest(".plane-handle"));
    drag(root, event, own ?? buttons[0], own !== undefined);
  });
  new ResizeObserver(() => {
    showMarks(root, marks, shown.marks);
    uncoverNames(root, marks, shown.points);
  }).observe(root);

  return {
    /**
     * @param {object} state
     * @param {Record<string, import("./plane.js").Point | null>} state.points Of the handles, by id; null hides one.
     * @param {{name: string, point: import("./plane.js").Point, current: boolean}[]} state.marks
     * @param {import("./plane.js").Point | null} [state.live] Where the expression is now.
     * @param {import("./plane.js").Point | null} [state.target] Where the music is going.
     */
    update(state) {
      const fresh = !same(shown.marks, state.marks);
      const moved = !same(shown.points, state.points);
      if (fresh) showMarks(root, marks, state.marks);
      shown = state;
      for (const { element, handle } of buttons) showHandle(element, handle, state.points[handle.id]);
      if (fresh || moved) uncoverNames(root, marks, state.points);
      drawing.live(state.live ?? null);
      drawing.way(state.points[handles[0].id], state.target ?? null);
    },
  };
}

function child(parent, tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}

function svg(parent, tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

const xy = (point) => {
  const { x, y } = toShare(point);
  return [x * 100, y * 100];
};

/** Axes, the way to the target, and the expression as it moves. */
function draw(root) {
  const picture = svg(root, "svg", {
    viewBox: "0 0 100 100",
    "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  svg(picture, "path", { class: "axis", d: "M50 4V96M4 50H96" });
  const way = svg(picture, "line", { class: "way" });
  const trail = svg(picture, "polyline", { class: "trail" });
  const dot = svg(picture, "circle", { class: "live", r: 1.6 });
  const words = { active: "top", quiet: "bottom", unpleasant: "left", pleasant: "right" };
  for (const [word, side] of Object.entries(words)) {
    const element = child(root, "span", "axis-word");
    element.classList.add(`at-${side}`);
    element.textContent = placeName(word);
    element.setAttribute("aria-hidden", "true");
  }
  let points = [];
  return {
    live(point) {
      points = point ? [...points, xy(point)].slice(-TRAIL) : [];
      trail.setAttribute("points", points.map((at) => at.join(",")).join(" "));
      dot.toggleAttribute("hidden", !point);
      if (point) place(dot, ["cx", "cy"], xy(point));
    },
    way(from, to) {
      way.toggleAttribute("hidden", !from || !to);
      if (!from || !to) return;
      place(way, ["x1", "y1"], xy(from));
      place(way, ["x2", "y2"], xy(to));
    },
  };
}

function place(element, names, at) {
  names.forEach((name, index) => element.setAttribute(name, at[index].toFixed(2)));
}

function makeHandle(root, handle) {
  const element = child(root, "button", "plane-handle");
  element.classList.add(handle.id);
  element.type = "button";
  element.hidden = true;
  const it = { element, handle, point: null };
  element.addEventListener("keydown", (event) => {
    const to = nudge(pointOf(element), event.key, event.shiftKey);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    handle.onMove(to, true);
  });
  return it;
}

function pointOf(element) {
  return { valence: Number(element.dataset.valence), arousal: Number(element.dataset.arousal) };
}

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

function moveTo(element, point) {
  const { x, y } = toShare(point);
  element.style.left = `${x * 100}%`;
  element.style.top = `${y * 100}%`;
}

/** Follows the pointer until it is let go; a tap is a drag without a way. */
function drag(root, down, { element, handle }, grabbed) {
  if (element.hidden) return;
  down.preventDefault();
  element.focus({ preventScroll: true });
  const where = ({ clientX, clientY }) => {
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
  for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, end, watching);
}

function same(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function showMarks(root, list, marks) {
  const size = { width: root.clientWidth, height: root.clientHeight };
  const ordered = [...marks].sort((a, b) => Number(b.current) - Number(a.current));
  const named = fittingNames(ordered, size, { letter: 6.6, line: 26, limit: LETTERS });
  list.replaceChildren(...ordered.map((mark, index) => makeMark(mark, named[index])));
}

function makeMark({ name, point, current }, named) {
  const element = document.createElement("span");
  element.className = "plane-mark";
  element.toggleAttribute("data-current", current);
  Object.assign(element.dataset, point);
  moveTo(element, point);
  if (named) element.textContent = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
  element.title = name;
  return element;
}

/** A name whose mark lies under a handle stands a little lower, so that it can be read. `points` are the handles', by id. */
function uncoverNames(root, list, points) {
  const inPixels = (point) => {
    const { x, y } = toShare(point);
    return [x * root.clientWidth, y * root.clientHeight];
  };
  const over = Object.values(points).filter(Boolean).map(inPixels);
  for (const mark of list.children) {
    const [x, y] = inPixels(pointOf(mark));
    const covered = over.some(
      ([px, py]) => Math.abs(px - x) < COVERS.across && Math.abs(py - y) < COVERS.down,
    );
    mark.toggleAttribute("data-covered", covered);
  }
}
