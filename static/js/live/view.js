/** The live page's elements; `update` may be called at any time and any number of times. */

import { byId, setText } from "../shared/dom.js";
import { formatNumber, gettext } from "../shared/i18n.js";
import { createSteady } from "../shared/steady_status.js";
import { percent, readingOf, statusOf } from "../shared/words.js";
import { colorOf, drawFaces } from "./overlay.js";

const ANNOUNCE_MS = 2500;
const STATUS_HOLD_MS = 600;

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
    overlay: byId("overlay", HTMLCanvasElement),
    welcome: byId("welcome"),
    onAir: byId("on-air"),
    controls: byId("controls"),
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
  const bars = barsOfPage();
  const announce = createAnnouncer(byId("announcer"));
  const steadyStatus = /** @type {ReturnType<typeof createSteady<Status>>} */ (createSteady(STATUS_HOLD_MS));
  elements.video.addEventListener("resize", () => keepRatio(elements));

  return {
    video: elements.video,
    /** @param {() => void} act */
    onStart: (act) => elements.start.addEventListener("click", act),
    /** @param {() => void} act */
    onStop: (act) => elements.stop.addEventListener("click", act),
    /** @param {() => void} act */
    onResize: (act) => new ResizeObserver(act).observe(elements.stage),
    /**
     * @param {FeedFacts} facts
     * @param {import("./history.js").Stats | null} stats
     * @param {{now: number, mirrored: boolean}} view Time in milliseconds, and whether the video is shown mirrored.
     */
    update(facts, stats, { now, mirrored }) {
      showStage(elements, facts, mirrored);
      showStatus(elements, steadyStatus(statusOf(facts), now));
      const faces = facts.reply?.faces ?? [];
      drawFaces(elements.overlay, { faces, mirrored });
      showReading(elements, bars, faces[0]);
      showOthers(elements.others, faces.slice(1));
      setText(elements.fps, stats ? formatNumber(stats.fps) : "–");
      setText(elements.roundTrip, stats ? `${formatNumber(stats.roundTripMs)} ms` : "–");
      if (faces[0]?.state === "sure" && facts.reply?.mood?.settled)
        announce(gettext("Expression: %(label)s", { label: readingOf(faces[0]).label }));
    },
  };
}

/**
 * @param {Elements} elements
 * @param {FeedFacts} facts
 * @param {boolean} mirrored
 */
function showStage({ live, stage, welcome, onAir, controls, start, stop }, facts, mirrored) {
  const active = facts.phase === "running" || facts.phase === "switching";
  live.dataset.phase = active ? "active" : facts.cameraProblem ? "problem" : facts.phase;
  swap({
    show: active ? controls : welcome,
    hide: active ? welcome : controls,
    focus: active ? stop : start,
  });
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
 * @param {Bar[]} bars
 * @param {Face | undefined} face
 */
function showReading({ reading, label, confidence, explain }, bars, face) {
  explain.disabled = face === undefined;
  const words = readingOf(face);
  reading.dataset.state = words.state;
  setText(label, words.label);
  setText(confidence, words.detail);
  for (const bar of bars) {
    const share = face?.probs[bar.label];
    bar.row.toggleAttribute("data-top", face !== undefined && bar.label === face.label);
    bar.fill.style.transform = `scaleX(${share ?? 0})`;
    setText(bar.value, share === undefined ? "–" : percent(share));
  }
}

/**
 * Gives the stage the video's shape, also after a phone was turned.
 *
 * @param {Elements} elements
 */
function keepRatio({ stage, video }) {
  if (video.videoWidth) stage.style.setProperty("--ratio", `${video.videoWidth} / ${video.videoHeight}`);
}

/**
 * Lists the faces beside the primary one: slot, colour, expression.
 *
 * @param {HTMLElement} list
 * @param {Face[]} faces
 */
function showOthers(list, faces) {
  while (list.children.length > faces.length) list.lastElementChild?.remove();
  while (list.children.length < faces.length) list.append(document.createElement("li"));
  faces.forEach((face, index) => {
    const element = /** @type {HTMLElement} */ (list.children[index]);
    const { label, state } = readingOf(face);
    element.dataset.state = state;
    element.dataset.face = String(face.id);
    element.style.setProperty("--seat", colorOf(face.slot));
    setText(element, `${face.slot + 1} ${label}${state === "sure" ? ` ${percent(face.confidence)}` : ""}`);
  });
}

/**
 * Makes a live region speak only of changes, and not too often.
 *
 * @param {HTMLElement} region
 */
function createAnnouncer(region) {
  let spokenAt = -Infinity;
  /** @param {string} text */
  return (text) => {
    const now = performance.now();
    if (region.textContent === text || now - spokenAt < ANNOUNCE_MS) return;
    spokenAt = now;
    region.textContent = text;
  };
}
