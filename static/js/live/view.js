/** The live page's elements; `update` may be called at any time and any number of times. */

import { colorOnPicture } from "../shared/colors.js";
import { byId, setText } from "../shared/dom.js";
import { formatNumber, gettext } from "../shared/i18n.js";
import { createSteady } from "../shared/steady_status.js";
import { percent, readingOf, statusOf } from "../shared/words.js";
import { createAnnouncer } from "./announcer.js";
import { createEased } from "./eased.js";

const STATUS_HOLD_MS = 600;
const NUM_LEADERS = 3;
const MAX_SHARE = 0.99; // of a bar's length, as its number: no reading is certain

/**
 * @typedef {import("../camera/live_feed.js").FeedFacts} FeedFacts
 * @typedef {import("../camera/live_feed.js").SlottedFace} Face
 * @typedef {import("../shared/words.js").Status} Status
 * @typedef {ReturnType<typeof elementsOfPage>} Elements
 */

function elementsOfPage() {
  return {
    live: byId("live"),
    stage: byId("stage"),
    video: byId("video", HTMLVideoElement),
    welcome: byId("welcome"),
    onAir: byId("on-air"),
    controls: byId("controls"),
    tools: byId("stage-tools"),
    pause: byId("pause"),
    start: byId("start"),
    stop: byId("stop"),
    others: byId("others"),
    explain: byId("why", HTMLButtonElement),
    status: byId("status"),
    reading: byId("reading"),
    label: byId("label"),
    confidence: byId("confidence"),
    fps: byId("fps"),
    roundTrip: byId("round-trip"),
  };
}

/**
 * @typedef {object} Bar Row of one expression.
 * @property {HTMLElement} row
 * @property {string} label
 * @property {HTMLElement} fill
 * @property {HTMLElement} value
 *
 * @returns {Bar[]}
 */
function barsOfPage() {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".bar")]);
  /** @type {(row: Element, selector: string) => HTMLElement} */
  const inside = (row, selector) => /** @type {HTMLElement} */ (row.querySelector(selector));
  return rows.map((row) => ({
    row,
    label: row.dataset.label ?? "",
    fill: inside(row, ".bar-fill"),
    value: inside(row, ".bar-value"),
  }));
}

export function createView() {
  const elements = elementsOfPage();
  const announcer = createAnnouncer(byId("announcer"));
  const showBars = createBars(barsOfPage(), byId("leaders"));
  const steadyStatus = /** @type {ReturnType<typeof createSteady<Status>>} */ (createSteady(STATUS_HOLD_MS));
  const spokenStatus = /** @type {ReturnType<typeof createSteady<Status>>} */ (createSteady(STATUS_HOLD_MS));
  elements.video.addEventListener("resize", () => keepRatio(elements));

  return {
    video: elements.video,
    /** @param {() => void} act */
    onStart: (act) => elements.start.addEventListener("click", act),
    /** @param {() => void} act */
    onStop: (act) => elements.stop.addEventListener("click", act),
    /** @param {() => void} act */
    onPause: (act) => elements.pause.addEventListener("click", act),
    /** @param {() => void} act */
    onResize: (act) => new ResizeObserver(act).observe(elements.stage),
    /** @param {(id: number) => void} act Gets the id of the face to follow. */
    onFollow: (act) =>
      elements.others.addEventListener("click", ({ target }) => {
        const item = target instanceof Element ? target.closest("li") : null;
        if (item) act(Number(item.dataset.face));
      }),
    /**
     * @param {FeedFacts} facts
     * @param {import("../camera/pace.js").Stats | null} stats
     * @param {{now: number, mirrored: boolean}} view Time in milliseconds, and whether the video is shown mirrored.
     */
    update(facts, stats, { now, mirrored }) {
      showStage(elements, facts, mirrored);
      const status = { ...statusOf({ ...facts, canChoose: true }) };
      showStatus(elements, steadyStatus(status, now));
      const faces = facts.reply?.faces ?? [];
      showReading(elements, faces[0]);
      showBars(faces[0]);
      showOthers(elements.others, faces.slice(1));
      setText(elements.fps, stats ? formatNumber(stats.fps, stats.fps < 1.5 ? 1 : 0) : "–");
      setText(elements.roundTrip, stats ? `${formatNumber(stats.roundTripMs)} ms` : "–");
      speak(announcer, { facts, status: spokenStatus({ ...status, about: undefined }, now), now });
    },
  };
}

/**
 * Says what a visitor who does not see the page must know: problems and changes of state, and a settled expression.
 *
 * @param {ReturnType<typeof createAnnouncer>} announcer
 * @param {{facts: FeedFacts, status: Status, now: number}} state
 */
function speak(announcer, { facts, status, now }) {
  const [face] = facts.reply?.faces ?? [];
  const isFocus = facts.reply?.focus === face?.id;
  if (status.code !== "reading") announcer.status(status.text, now);
  else announcer.status(null, now);
  if (face?.state === "sure" && (!isFocus || facts.reply?.mood?.settled))
    announcer.expression(gettext("Expression: %(label)s", { label: readingOf(face).label }), now);
}

/**
 * @param {Elements} elements
 * @param {FeedFacts} facts
 * @param {boolean} mirrored
 */
function showStage({ live, stage, welcome, onAir, controls, tools, pause, start, stop }, facts, mirrored) {
  const active = facts.phase === "running" || facts.phase === "switching";
  live.dataset.phase = active ? "active" : facts.cameraProblem ? "problem" : facts.phase;
  swap({
    show: active ? controls : welcome,
    hide: active ? welcome : controls,
    focus: active ? stop : start,
  });
  tools.hidden = !active;
  const name = facts.held ? gettext("Resume") : gettext("Pause");
  pause.dataset.held = String(facts.held);
  if (pause.getAttribute("aria-label") !== name) pause.setAttribute("aria-label", name);
  onAir.hidden = facts.phase !== "running";
  stage.classList.toggle("active", active);
  stage.classList.toggle("mirrored", mirrored);
  stage.classList.toggle("paused", active && (facts.hidden || facts.link === "down"));
}

/**
 * Shows one part instead of another; the keyboard's focus moves along.
 *
 * @param {{show: HTMLElement, hide: HTMLElement, focus: HTMLElement}} parts
 */
function swap({ show, hide, focus }) {
  const hadFocus = hide.contains(document.activeElement);
  show.hidden = false;
  hide.hidden = true;
  if (hadFocus) focus.focus({ preventScroll: true });
}

/**
 * @param {Elements} elements
 * @param {Status} status
 */
function showStatus({ status: element }, { code, kind, text }) {
  setText(element, text);
  element.dataset.kind = kind;
  element.dataset.code = code;
}

/**
 * @param {Elements} elements
 * @param {Face | undefined} face
 */
function showReading({ reading, label, confidence, explain }, face) {
  explain.disabled = face === undefined;
  const words = readingOf(face);
  reading.dataset.state = words.state;
  if (face && words.state === "sure") reading.dataset.expression = face.label;
  else delete reading.dataset.expression;
  setText(label, words.label);
  setText(confidence, words.detail);
}

/**
 * Makes the bars glide to each reading, their numbers with them.
 *
 * @param {Bar[]} bars
 * @param {HTMLElement} leaders List of the most probable expressions, over the picture on a phone.
 * @returns {(face: Face | undefined) => void}
 */
function createBars(bars, leaders) {
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const eased = createEased(() => reducedMotion.matches);
  const showLeaders = createLeaders(leaders, bars);
  /** @type {Face | undefined} */
  let face;
  let isRunning = false;

  function step() {
    const target = face ? bars.map(({ label }) => face?.probs[label] ?? 0) : null;
    const { values, isDone } = eased.step(target, performance.now());
    bars.forEach((bar, index) => {
      bar.row.toggleAttribute("data-top", bar.label === face?.label);
      bar.fill.style.transform = `scaleX(${Math.min(values?.[index] ?? 0, MAX_SHARE)})`;
      setText(bar.value, values ? percent(values[index]) : "–");
    });
    showLeaders(values);
    isRunning = !isDone;
    if (isRunning) requestAnimationFrame(step);
  }

  return (next) => {
    const isNew = next !== face;
    face = next;
    if (isNew && !isRunning) step();
  };
}

/**
 * @param {HTMLElement} list
 * @param {Bar[]} bars
 * @returns {(values: number[] | null) => void}
 */
function createLeaders(list, bars) {
  const rows = Array.from({ length: NUM_LEADERS }, () => {
    const [name, track, fill, value] = ["name", "track", "fill", "value"].map((part) => {
      const element = document.createElement("span");
      element.className = `leader-${part}`;
      return element;
    });
    track.append(fill);
    const row = document.createElement("li");
    row.append(name, track, value);
    list.append(row);
    return { row, name, fill, value };
  });
  const names = bars.map(({ row }) => row.querySelector(".bar-name")?.textContent ?? "");
  return (values) => {
    const order = bars.map((_, index) => index);
    if (values) order.sort((a, b) => values[b] - values[a]);
    rows.forEach(({ row, name, fill, value }, place) => {
      const index = order[place];
      row.style.setProperty("--mark", colorOnPicture(bars[index].label));
      setText(name, names[index]);
      fill.style.transform = `scaleX(${Math.min(values?.[index] ?? 0, MAX_SHARE)})`;
      setText(value, values ? percent(values[index]) : "–");
    });
  };
}

/**
 * Gives the stage the video's shape, also after a phone was turned.
 *
 * @param {Elements} elements
 */
function keepRatio({ live, video }) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width) return;
  live.style.setProperty("--ratio", `${width} / ${height}`);
  live.dataset.shape = width > height ? "wide" : "tall";
}

/**
 * Lists the faces beside the followed one, each as a button that follows it: number, expression.
 *
 * @param {HTMLElement} list
 * @param {Face[]} faces
 */
function showOthers(list, faces) {
  while (list.children.length > faces.length) list.lastElementChild?.remove();
  while (list.children.length < faces.length) list.append(newOther());
  faces.forEach((face, index) => {
    const element = /** @type {HTMLElement} */ (list.children[index]);
    const { label, state } = readingOf(face);
    element.dataset.state = state;
    element.dataset.face = String(face.id);
    element.dataset.expression = face.label;
    const button = /** @type {HTMLElement} */ (element.firstElementChild);
    setText(button, `${face.slot + 1} ${label}${state === "sure" ? ` ${percent(face.confidence)}` : ""}`);
  });
}

function newOther() {
  const [item, button] = [document.createElement("li"), document.createElement("button")];
  button.type = "button";
  item.append(button);
  return item;
}
