/** The live page's elements; `update` may be called at any time and as often as one likes. */

import { drawFaces } from "./overlay.js";
import { percent, readingOf, statusOf } from "./words.js";

const ANNOUNCE_MS = 2500;
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
    focusStart: () => elements.start.focus(),
    /**
     * @param {import("./words.js").Facts} facts
     * @param {{fps: number, roundTripMs: number} | null} stats
     */
    update(facts, stats) {
      showStage(elements, facts);
      const status = statusOf(facts);
      setText(elements.status, status.text);
      elements.status.dataset.kind = status.kind;
      elements.status.dataset.code = status.code;
      const faces = facts.reply?.faces ?? [];
      drawFaces(elements.overlay, { faces, mirrored: elements.mirror.checked });
      showReading(elements, bars, faces[0]);
      setText(elements.fps, stats ? stats.fps.toFixed(0) : "–");
      setText(elements.roundTrip, stats ? `${stats.roundTripMs.toFixed(0)} ms` : "–");
      if (faces[0]?.state === "sure" && facts.reply.mood.settled) announce(`Expression: ${readingOf(faces[0]).label}`);
    },
  };
}

function showStage({ live, stage, welcome, onAir, controls, mirror }, facts) {
  const running = facts.phase === "running";
  live.dataset.phase = facts.phase === "idle" && facts.cameraProblem ? "problem" : facts.phase;
  welcome.hidden = running;
  onAir.hidden = !running;
  controls.hidden = !running;
  stage.classList.toggle("running", running);
  stage.classList.toggle("mirrored", mirror.checked);
  stage.classList.toggle("paused", running && (facts.hidden || !facts.connected));
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
