/** The live page's elements; `update` may be called at any time and as often as one likes. */

import { createSteady } from "./calm.js";
import { formatNumber, gettext } from "./i18n.js";
import { drawFaces } from "./overlay.js";
import { percent, readingOf, statusOf } from "./words.js";

const ANNOUNCE_MS = 2500;
const STATUS_HOLD_MS = 600;
const MIRROR_KEY = "countenance.mirror";

/** @param {Document} document */
export function createView(document) {
  const at = (id) => document.getElementById(id);
  const elements = {
    live: at("live"), stage: at("stage"), video: at("video"), overlay: at("overlay"), welcome: at("welcome"), onAir: at("on-air"),
    controls: at("controls"), start: at("start"), stop: at("stop"), camera: at("camera"), mirror: at("mirror"),
    status: at("status"), reading: at("reading"), label: at("label"), confidence: at("confidence"),
    fps: at("fps"), roundTrip: at("round-trip"),
  };
  const bars = [...document.querySelectorAll(".bar")];
  const announce = createAnnouncer(at("announcer"));
  const steadyStatus = createSteady(STATUS_HOLD_MS);
  elements.mirror.checked = recall(MIRROR_KEY) !== "off";
  elements.video.addEventListener("resize", () => keepRatio(elements));

  return {
    video: elements.video,
    onStart: (act) => elements.start.addEventListener("click", act),
    onStop: (act) => elements.stop.addEventListener("click", act),
    onCamera: (act) => elements.camera.addEventListener("change", () => act(elements.camera.value)),
    onMirror: (act) =>
      elements.mirror.addEventListener("change", () => {
        remember(MIRROR_KEY, elements.mirror.checked ? "on" : "off");
        act();
      }),
    wantsMirror: () => recall(MIRROR_KEY) !== "off",
    setMirror: (on) => void (elements.mirror.checked = on),
    setCameras: (cameras, current) => fillCameras(elements.camera, cameras, current),
    onResize: (act) => new ResizeObserver(act).observe(elements.stage),
    /**
     * @param {import("./words.js").Facts} facts
     * @param {{fps: number, roundTripMs: number} | null} stats
     * @param {number} now Milliseconds.
     */
    update(facts, stats, now) {
      showStage(elements, facts);
      showStatus(elements, steadyStatus(statusOf(facts), now));
      const faces = facts.reply?.faces ?? [];
      drawFaces(elements.overlay, { faces, mirrored: elements.mirror.checked });
      showReading(elements, bars, faces[0]);
      setText(elements.fps, stats ? formatNumber(stats.fps) : "–");
      setText(elements.roundTrip, stats ? `${formatNumber(stats.roundTripMs)} ms` : "–");
      if (faces[0]?.state === "sure" && facts.reply.mood?.settled) announce(gettext("Expression: %(label)s", { label: readingOf(faces[0]).label }));
    },
  };
}

function showStage({ live, stage, welcome, onAir, controls, mirror, start, stop }, facts) {
  const active = facts.phase === "running" || facts.phase === "switching";
  live.dataset.phase = active ? "active" : facts.cameraProblem ? "problem" : facts.phase;
  swap({ show: active ? controls : welcome, hide: active ? welcome : controls, focus: active ? stop : start });
  onAir.hidden = facts.phase !== "running";
  stage.classList.toggle("active", active);
  stage.classList.toggle("mirrored", mirror.checked);
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

function showReading({ reading, label, confidence }, bars, face) {
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

function fillCameras(select, cameras, current) {
  select.replaceChildren(
    ...cameras.map(({ id, name }) => {
      const option = document.createElement("option");
      option.value = id;
      option.textContent = name;
      option.selected = id === current;
      return option;
    }),
  );
  select.disabled = cameras.length < 2;
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

function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
}
