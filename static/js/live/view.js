/** The live page's elements; `update` may be called at any time and as often as one likes. */

import { createSteady } from "../shared/steady_status.js";
import { formatNumber, gettext } from "../shared/i18n.js";
import { colorOf, drawFaces } from "./overlay.js";
import { percent, readingOf, statusOf } from "../shared/words.js";

const ANNOUNCE_MS = 2500;
const STATUS_HOLD_MS = 600;

/** @param {Document} document */
export function createView(document) {
  const at = (id) => document.getElementById(id);
  const elements = {
    live: at("live"),
    stage: at("stage"),
    video: at("video"),
    overlay: at("overlay"),
    welcome: at("welcome"),
    onAir: at("on-air"),
    controls: at("controls"),
    start: at("start"),
    stop: at("stop"),
    others: at("others"),
    why: at("why"),
    status: at("status"),
    reading: at("reading"),
    label: at("label"),
    confidence: at("confidence"),
    fps: at("fps"),
    roundTrip: at("round-trip"),
  };
  const bars = [...document.querySelectorAll(".bar")];
  const announce = createAnnouncer(at("announcer"));
  const steadyStatus = createSteady(STATUS_HOLD_MS);
  elements.video.addEventListener("resize", () => keepRatio(elements));

  return {
    video: elements.video,
    onStart: (act) => elements.start.addEventListener("click", act),
    onStop: (act) => elements.stop.addEventListener("click", act),
    onResize: (act) => new ResizeObserver(act).observe(elements.stage),
    /**
     * @param {import("../shared/words.js").Facts} facts
     * @param {{fps: number, roundTripMs: number} | null} stats
     * @param {{now: number, mirrored: boolean}} how Time in milliseconds; whether the picture is shown mirrored.
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
      if (faces[0]?.state === "sure" && facts.reply.mood?.settled)
        announce(gettext("Expression: %(label)s", { label: readingOf(faces[0]).label }));
    },
  };
}

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

/** Shows one part instead of another; the keyboard's focus moves along. */
function swap({ show, hide, focus }) {
  const hadFocus = hide.contains(document.activeElement);
  show.hidden = false;
  hide.hidden = true;
  if (hadFocus) focus.focus({ preventScroll: true });
}

function showStatus({ status: element }, { code, kind, text }) {
  setText(element, text);
  element.dataset.kind = kind;
  element.dataset.code = code;
}

function showReading({ reading, label, confidence, why }, bars, face) {
  why.disabled = face === undefined;
  const words = readingOf(face);
  reading.dataset.state = words.state;
  setText(label, words.label);
  setText(confidence, words.detail);
  for (const bar of bars) {
    const share = face?.probs[bar.dataset.label];
    bar.toggleAttribute("data-top", face !== undefined && bar.dataset.label === face.label);
    bar.querySelector(".bar-fill").style.transform = `scaleX(${share ?? 0})`;
    setText(bar.querySelector(".bar-value"), share === undefined ? "–" : percent(share));
  }
}

/** The stage takes the camera's shape, also after a phone was turned. */
function keepRatio({ stage, video }) {
  if (video.videoWidth) stage.style.setProperty("--ratio", `${video.videoWidth} / ${video.videoHeight}`);
}

/** The faces beside the one that is read: mark, colour, expression. */
function showOthers(list, faces) {
  while (list.children.length > faces.length) list.lastElementChild.remove();
  while (list.children.length < faces.length) list.append(document.createElement("li"));
  faces.forEach((face, index) => {
    const element = list.children[index];
    const { label, state } = readingOf(face);
    element.dataset.state = state;
    element.dataset.face = face.id;
    element.style.setProperty("--seat", colorOf(face.seat));
    setText(element, `${face.seat + 1} ${label}${state === "sure" ? ` ${percent(face.confidence)}` : ""}`);
  });
}

/** A live region that speaks only of changes, and not too often. */
function createAnnouncer(region) {
  let spokenAt = -Infinity;
  return (text) => {
    const now = performance.now();
    if (region.textContent === text || now - spokenAt < ANNOUNCE_MS) return;
    spokenAt = now;
    region.textContent = text;
  };
}

/** Writes only what changed, so that screen readers stay quiet. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
