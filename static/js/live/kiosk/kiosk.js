/**
 * The page on a screen for passers-by (`/?kiosk=1`): full screen, a challenge with a photo strip, and a new beginning
 * for everybody. The strip is pixels of canvases in this page: nothing of it is sent or stored.
 */

import { byId, context2d, partOf, setText } from "../../shared/dom.js";
import { gettext, ngettext } from "../../shared/i18n.js";
import { createAbsence } from "./absence.js";
import { createChallenge } from "./challenge.js";

const LOOK_MS = 500;
const PICTURE_PX = 240;
const MARGIN = 0.35; // hair and chin belong to a picture of a face

/**
 * @typedef {object} KioskParts
 * @property {HTMLVideoElement} video
 * @property {() => void} stop Ends the camera.
 * @property {() => void} forget Forgets what the page knows of the visitor.
 * @property {() => boolean} mirrored
 *
 * @param {KioskParts} parts
 */
export function createKiosk({ video, stop, forget, mirrored }) {
  const section = byId("challenge");
  const part = partOf(section);
  const labels = (section.dataset.labels ?? "").split(" ");
  const challenge = createChallenge(labels);
  const absence = createAbsence();
  let isOn = false;
  byId("start").addEventListener("click", () => void fillScreen());
  setInterval(look, LOOK_MS);
  showCount(0);

  function look() {
    const now = performance.now();
    const left = absence.secondsLeft(now);
    part("leaving").hidden = left === null;
    if (left !== null) setText(part("leaving"), leavingText(left));
    if (absence.isOver(now)) stop();
  }

  /** @param {number} now */
  function showCount(now) {
    const seconds = challenge.seconds(now);
    const num = challenge.count();
    section.toggleAttribute("data-done", challenge.isDone());
    setText(
      part("count"),
      challenge.isDone()
        ? gettext("All seven, in %(seconds)s seconds!", { seconds })
        : ngettext("%(num)s of seven", "%(num)s of seven", num),
    );
  }

  function startOver() {
    absence.stop();
    challenge.reset();
    for (const place of section.querySelectorAll(".picture")) place.replaceChildren();
    for (const row of section.querySelectorAll("[data-made]")) row.removeAttribute("data-made");
    showCount(0);
    look();
    forget();
  }

  return {
    /**
     * @param {number} now Milliseconds.
     * @param {import("../../camera/live_feed.js").SlottedFace | undefined} face
     */
    reply(now, face) {
      if (face) absence.seen(now);
      const label = challenge.add(now, face);
      if (!label || !face) return;
      const row = section.querySelector(`li[data-expression="${label}"]`);
      row?.setAttribute("data-made", "");
      row?.querySelector(".picture")?.replaceChildren(pictureOf(video, face.box, mirrored()));
      showCount(now);
    },
    /** @param {import("../../camera/live_feed.js").FeedFacts} facts */
    change({ phase }) {
      const was = isOn;
      isOn = phase === "running" || phase === "switching";
      if (isOn && !was) absence.seen(performance.now());
      if (!isOn && was) startOver();
    },
  };
}

/** @param {number} seconds */
function leavingText(seconds) {
  return ngettext(
    "Nobody there? Starting over in %(num)s second.",
    "Nobody there? Starting over in %(num)s seconds.",
    seconds,
  );
}

/** Only a click may fill the screen; where it cannot, the page stays as it is. */
async function fillScreen() {
  if (document.fullscreenElement) return;
  await document.documentElement.requestFullscreen?.().catch(() => {});
}

/**
 * @param {HTMLVideoElement} video
 * @param {number[]} box x, y, width and height as shares of the frame.
 * @param {boolean} mirrored
 */
function pictureOf(video, [x, y, w, h], mirrored) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: PICTURE_PX, height: PICTURE_PX });
  const context = context2d(canvas, { alpha: false });
  const side = Math.max(w * video.videoWidth, h * video.videoHeight) * (1 + 2 * MARGIN);
  const [left, top] = [(x + w / 2) * video.videoWidth - side / 2, (y + h / 2) * video.videoHeight - side / 2];
  if (mirrored) context.setTransform(-1, 0, 0, 1, PICTURE_PX, 0);
  context.drawImage(video, left, top, side, side, 0, 0, PICTURE_PX, PICTURE_PX);
  return canvas;
}
