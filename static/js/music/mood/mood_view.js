/** The mood's elements: the plane, seven expressions, the camera, the policies. */

import { gettext } from "../../shared/i18n.js";
import { statusOf, CAMERA_PROBLEMS, adjective } from "../../shared/words.js";
import { createSteady } from "../../shared/steady_status.js";
import { placeName } from "../phrases.js";
import { distance, placeOf } from "./plane.js";
import { createPlane } from "./plane_view.js";

const STATUS_HOLD_MS = 900;
const SAME = 0.02;

/**
 * @param {Document} document
 * @param {Record<string, import("./plane.js").Point>} expressions
 * @param {object} acts `mood(point, done)`, `goal(point, done)`, `policy(name)`, `start`, `stop`, `follow`.
 */
export function createMoodView(document, expressions, acts) {
  const at = (id) => document.getElementById(id);
  const plane = createPlane(at("plane"), [
    { id: "point", name: gettext("Mood"), onMove: acts.mood },
    { id: "goal", name: gettext("Goal"), onMove: acts.goal },
  ]);
  const buttons = [...document.querySelectorAll(".expression")];
  for (const button of buttons)
    button.addEventListener("click", () => acts.mood(expressions[button.dataset.expression], true));
  for (const radio of document.querySelectorAll("[name=policy]"))
    radio.addEventListener("change", () => acts.policy(radio.value));
  for (const act of ["start", "stop", "follow"]) at(`camera-${act}`).addEventListener("click", acts[act]);
  const steady = createSteady(STATUS_HOLD_MS);

  return {
    video: at("video"),
    choosePolicy(name) {
      for (const radio of document.querySelectorAll("[name=policy]")) radio.checked = radio.value === name;
    },
    /** @param {{point: object, origin: string, goal: object | null, live: object | null, target: object | null, marks: object[]}} mood */
    update({ point, origin, goal, live, target, marks }) {
      plane.update({ points: { point, goal }, live, target, marks });
      const place = placeName(placeOf(point));
      setText(at("mood-words"), moodText(origin, place));
      for (const button of buttons) {
        const on = distance(expressions[button.dataset.expression], point) < SAME;
        button.setAttribute("aria-pressed", String(on && origin === "hand"));
      }
    },
    /** @param {import("../../shared/words.js").Facts} facts @param {number} settling 0..1 @param {boolean} following */
    updateCamera(facts, settling, following) {
      const on = facts.phase === "running";
      at("camera-box").dataset.phase = facts.phase;
      at("preview").hidden = !on;
      at("settling-row").hidden = !on;
      at("camera-consent").hidden = on;
      at("camera-start").disabled = facts.phase === "starting";
      swap(at, on);
      at("camera-follow").hidden = !on || following;
      at("settling").value = settling;
      const text = cameraText(facts, steady(statusOf(facts), performance.now()), following);
      at("camera-status").hidden = text === "";
      setText(at("camera-status"), text);
    },
  };
}

function moodText(origin, place) {
  if (origin === "start") return gettext("Not chosen yet");
  const words =
    origin === "face"
      ? gettext("%(place)s, by the camera", { place })
      : gettext("%(place)s, set by you", { place });
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The keyboard's focus moves along from start to stop and back. */
function swap(at, on) {
  const [show, hide] = on ? [at("camera-stop"), at("camera-start")] : [at("camera-start"), at("camera-stop")];
  const hadFocus = document.activeElement === hide;
  show.hidden = false;
  hide.hidden = true;
  if (hadFocus) show.focus({ preventScroll: true });
}

function cameraText(facts, status, following) {
  if (facts.cameraProblem) return CAMERA_PROBLEMS[facts.cameraProblem];
  if (facts.phase === "idle") return "";
  if (!following && facts.phase === "running")
    return gettext("You have set the mood yourself; the camera waits.");
  const face = facts.reply?.faces[0];
  if (status.kind === "good" && face?.state === "sure")
    return gettext("It reads: %(label)s", { label: adjective(face.label) });
  return status.kind === "good" ? gettext("It is unsure.") : status.text;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
