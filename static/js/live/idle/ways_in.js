/** The ways in without a camera: the sample video's buttons, and what the page says while it plays. */

import { byId, setText } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";

/** Address of the sample video; static files of one version stand beside each other. */
export const SAMPLE_VIDEO = new URL("../../../samples/sample.webm", import.meta.url).href;

/**
 * @param {{onSample: () => void, onCamera: () => void}} acts
 * @returns {{update: (facts: import("../../camera/live_feed.js").FeedFacts) => void}}
 */
export function createWaysIn({ onSample, onCamera }) {
  if (isKiosk()) return { update() {} }; // passers-by have the kiosk's own camera
  byId("try-video").addEventListener("click", onSample);
  byId("use-camera").addEventListener("click", onCamera);
  return {
    update({ source, phase }) {
      const isSample = source === "sample";
      byId("live").dataset.source = source;
      byId("use-camera").hidden = !isSample;
      byId("sample-mark").hidden = !isSample || phase !== "running";
      setText(byId("stop"), isSample ? gettext("Stop the sample video") : gettext("Stop the camera"));
    },
  };
}

export function isKiosk() {
  return document.body.classList.contains("kiosk");
}

/**
 * Runs a task after the first paint, so that it cannot delay it.
 *
 * @param {() => void} task
 */
export function afterFirstPaint(task) {
  requestAnimationFrame(() => setTimeout(task));
}
