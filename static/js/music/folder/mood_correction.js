/** A dialog with a plane, on which the visitor corrects the mood of a track. */

import { gettext } from "../../shared/i18n.js";
import { button, make } from "../parts.js";
import { createPlane } from "../mood/plane_view.js";

/**
 * @typedef {import("../api.js").Point} Point
 * @typedef {import("../api.js").Track} Track
 *
 * @param {object} parts
 * @param {import("../api.js").Api} parts.api
 * @param {import("../api.js").Attempt} parts.attempt
 * @param {import("../api.js").Toasts} parts.toasts
 * @param {() => void} parts.onChanged
 * @returns {{open: (track: Track) => void}}
 */
export function createMoodCorrection({ api, attempt, toasts, onChanged }) {
  /** @type {Track} */
  let track;
  let point = { valence: 0, arousal: 0 };
  const { dialog, title, planeBox } = makeDialog({
    keep: () => void keep(track, point),
    reset: () => void keep(track, null),
  });
  const plane = createPlane(planeBox, [
    { id: "point", name: gettext("Mood of the track"), onMove: (to) => show(to) },
  ]);

  /** @param {Point} to */
  function show(to) {
    point = to;
    plane.update({ points: { point }, marks: [] });
  }

  /**
   * @param {Track} corrected
   * @param {Point | null} to Null leaves the mood to the server.
   */
  async function keep(corrected, to) {
    const back = corrected.mood_by === "user" ? corrected.point : null;
    const undo = () => void send(corrected, back);
    if (await send(corrected, to))
      toasts.show({
        text: gettext("The mood of “%(title)s” is corrected.", { title: corrected.title }),
        undo,
      });
  }

  /**
   * @param {Track} corrected
   * @param {Point | null} to
   */
  function send({ id }, to) {
    return attempt(async () => {
      await api.patch(`/tracks/${id}`, { point: to });
      dialog.close();
      onChanged();
    });
  }

  return {
    open(which) {
      track = which;
      title.textContent = which.title;
      dialog.showModal();
      show(which.point ?? { valence: 0, arousal: 0 });
    },
  };
}

/** @param {{keep: () => void, reset: () => void}} acts */
function makeDialog(acts) {
  const title = make("h2", { id: "correct-title" });
  const planeBox = make("div");
  const dialog = make("dialog", { class: "correcting", "aria-labelledby": "correct-title" });
  const close = button("×", () => dialog.close(), { class: "icon", "aria-label": gettext("Close") });
  const save = button(gettext("Keep"), acts.keep, { class: "primary" });
  const reset = button(gettext("Let the server decide again"), acts.reset, { class: "link" });
  dialog.append(
    make("div", { class: "dialog-head" }, title, close),
    planeBox,
    make("div", { class: "actions" }, save, reset),
  );
  document.body.append(dialog);
  return { dialog, title, planeBox };
}
