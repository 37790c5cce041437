/** The mood's elements: the plane, seven expressions, the camera, the policies. */

import { byId, setText } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";
import { statusOf, CAMERA_PROBLEMS, expressionOf } from "../../shared/words.js";
import { createSteady } from "../../shared/steady_status.js";
import { placeName } from "../phrases.js";
import { distance, placeOf } from "./plane.js";
import { createPlane } from "./plane_view.js";

const STATUS_HOLD_MS = 900;
const SAME = 0.02;

/**
 * @typedef {import("./plane.js").Point} Point
 * @typedef {import("./plane_view.js").Mark} Mark
 * @typedef {import("../../shared/words.js").Facts} Facts
 * @typedef {import("../../shared/words.js").Status} Status
 *
 * @typedef {object} MoodActs
 * @property {(point: Point, done: boolean) => void} mood `done` is false while the point is dragged.
 * @property {(point: Point, done: boolean) => void} goal
 * @property {(name: string) => void} policy
 * @property {() => void} start Starts the camera.
 * @property {() => void} stop Stops the camera.
 * @property {() => void} follow Lets the camera set the mood again.
 *
 * @typedef {object} ShownMood
 * @property {Point} point
 * @property {"start" | "hand" | "face"} origin
 * @property {Point | null} goal
 * @property {Point | null} live Place of the expression now.
 * @property {Point | null} target Place that the music aims at.
 * @property {Mark[]} marks Playlists.
 * @property {import("./plane_drawing.js").Trail} trail
 */

/**
 * @param {Record<string, Point>} expressions Place of each expression, by label.
 * @param {MoodActs} acts
 */
export function createMoodView(expressions, acts) {
  const plane = createPlane(byId("plane"), [
    { id: "point", name: gettext("Mood"), onMove: acts.mood },
    { id: "goal", name: gettext("Goal"), onMove: acts.goal },
  ]);
  const buttons = listenToExpressions(expressions, acts);
  const radios = listenToPolicies(acts);
  const updateCamera = createCameraView(acts);
  const goalParts = [byId("goal-help"), byId("set-goal")];
  byId("set-goal").addEventListener("click", showGoal);

  return {
    video: byId("video", HTMLVideoElement),
    /** @param {string} name */
    choosePolicy(name) {
      for (const radio of radios) radio.checked = radio.value === name;
      showPolicy(radios);
    },
    /** @param {ShownMood} mood */
    update({ point, origin, goal, live, target, marks, trail }) {
      plane.update({ points: { point, goal }, live, target, marks, trail });
      for (const part of goalParts) part.hidden = !goal;
      setText(byId("mood-words"), moodText(origin, placeName(placeOf(point))));
      for (const { element, place } of buttons) {
        const on = distance(place, point) < SAME;
        element.setAttribute("aria-pressed", String(on && origin === "hand"));
      }
    },
    updateCamera,
  };
}

/** Leads from the choice of a goal of one's own to the place where it is set, which may be a screen away. */
function showGoal() {
  const plane = byId("plane");
  /** @type {HTMLElement | null} */
  const handle = plane.querySelector(".goal");
  plane.scrollIntoView({ block: "center" });
  handle?.focus({ preventScroll: true });
}

/**
 * @param {Record<string, Point>} expressions
 * @param {MoodActs} acts
 */
function listenToExpressions(expressions, acts) {
  /** @type {NodeListOf<HTMLElement>} */
  const elements = document.querySelectorAll(".expression");
  return Array.from(elements, (element) => {
    const place = expressions[element.dataset.expression ?? ""];
    element.addEventListener("click", () => acts.mood(place, true));
    return { element, place };
  });
}

/** @param {MoodActs} acts */
function listenToPolicies(acts) {
  /** @type {NodeListOf<HTMLInputElement>} */
  const radios = document.querySelectorAll("[name=policy]");
  for (const radio of radios)
    radio.addEventListener("change", () => {
      showPolicy(radios);
      acts.policy(radio.value);
    });
  return radios;
}

/**
 * Names the chosen policy on the fold, which is closed most of the time.
 *
 * @param {NodeListOf<HTMLInputElement>} radios
 */
function showPolicy(radios) {
  const chosen = [...radios].find(({ checked }) => checked)?.closest("label");
  setText(byId("policy-chosen"), chosen?.querySelector("strong")?.textContent ?? "");
}

/** @param {MoodActs} acts */
function createCameraView(acts) {
  const [start, stop, follow] = ["start", "stop", "follow"].map((act) =>
    byId(`camera-${act}`, HTMLButtonElement),
  );
  start.addEventListener("click", acts.start);
  stop.addEventListener("click", acts.stop);
  follow.addEventListener("click", acts.follow);
  /** @type {(status: Status, now: number) => Status} */
  const steady = createSteady(STATUS_HOLD_MS);

  /**
   * @param {Facts} facts
   * @param {number} settling Progress of settling, 0..1.
   * @param {boolean} following
   */
  return function updateCamera(facts, settling, following) {
    const on = facts.phase === "running";
    byId("camera-box").dataset.phase = facts.phase;
    byId("preview").hidden = !on;
    byId("settling-row").hidden = !on;
    byId("camera-consent").hidden = on;
    start.disabled = facts.phase === "starting";
    if (on) replace(start, stop);
    else replace(stop, start);
    follow.hidden = !on || following;
    byId("settling", HTMLProgressElement).value = settling;
    const text = cameraText(facts, steady(statusOf(facts), performance.now()), following);
    byId("camera-status").hidden = text === "";
    setText(byId("camera-status"), text);
  };
}

/**
 * @param {"start" | "hand" | "face"} origin
 * @param {string} place
 */
function moodText(origin, place) {
  if (origin === "start") return gettext("Not chosen yet");
  const words =
    origin === "face"
      ? gettext("%(place)s, by the camera", { place })
      : gettext("%(place)s, set by you", { place });
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Shows one button in place of another; the keyboard's focus moves along.
 *
 * @param {HTMLButtonElement} hide
 * @param {HTMLButtonElement} show
 */
function replace(hide, show) {
  const hadFocus = document.activeElement === hide;
  show.hidden = false;
  hide.hidden = true;
  if (hadFocus) show.focus({ preventScroll: true });
}

/**
 * @param {Facts} facts
 * @param {Status} status
 * @param {boolean} following
 * @returns {string}
 */
export function cameraText(facts, status, following) {
  if (facts.cameraProblem) return CAMERA_PROBLEMS[facts.cameraProblem];
  if (facts.phase === "idle") return "";
  if (!following && facts.phase === "running")
    return gettext("You have set the mood yourself; the camera waits.");
  const face = /** @type {{label: string, state: string, slight?: boolean} | undefined} */ (
    facts.reply?.faces[0]
  );
  if (status.kind === "good" && face?.state === "sure")
    return gettext("It reads: %(label)s", { label: expressionOf(face) });
  return status.kind === "good" ? gettext("It is unsure.") : status.text;
}
