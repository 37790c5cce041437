/** One photo or video on the page; `update` may be called any number of times. */

import { gettext } from "../shared/i18n.js";
import { readingOf } from "../shared/words.js";
import { colorBars, partsOf, showBars, showChoice, showFile } from "./card_parts.js";
import { drawChart, drawFaces, fit } from "./drawing.js";
import { changesOf, isVideoResult, leading } from "./list.js";
import { clock, hintsOf, stateText, videoWords, words } from "./phrases.js";

/**
 * @typedef {import("./api.js").Face} Face
 * @typedef {import("./api.js").PhotoResult} PhotoResult
 * @typedef {import("./list.js").Photo} Photo
 * @typedef {import("./card_parts.js").Parts} Parts
 * @typedef {import("../shared/explain.js").Explanation} Explanation
 * @typedef {(face: Face) => Promise<Explanation>} Explain Throws an Error with a sentence for the visitor.
 *
 * @typedef {object} View
 * @property {Photo | null} photo The photo as it was shown last.
 * @property {number} chosen Index of the face whose reading is shown.
 * @property {Explanation | null} explanation
 */

/**
 * @param {object} options
 * @param {HTMLTemplateElement} options.template
 * @param {File} options.file
 * @param {() => void} options.onRemove
 * @param {() => void} options.onRetry
 * @param {Explain} options.explain
 */
export function createCard({ template, file, onRemove, onRetry, explain }) {
  const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const element = /** @type {HTMLElement} */ (fragment.firstElementChild);
  const parts = partsOf(element);
  /** @type {View} */
  const view = { photo: null, chosen: 0, explanation: null };
  showFile(parts, file);
  parts.remove.addEventListener("click", onRemove);
  parts.retry.addEventListener("click", onRetry);
  parts.explain.addEventListener("click", () => void toggleExplanation(view, parts, explain));

  /** @param {number} face */
  function choose(face) {
    Object.assign(view, { chosen: face, explanation: null });
    showFaces(view, parts, choose);
  }

  return {
    element,
    /** @param {Photo} photo */
    update(photo) {
      if (photo === view.photo) return;
      view.photo = photo;
      showState(photo, parts);
      if (photo.state !== "done" || !photo.result) return;
      if (isVideoResult(photo.result)) showVideo(photo.result, parts);
      else showFaces(view, parts, choose);
    },
  };
}

/**
 * @param {Photo} photo
 * @param {Parts} parts
 */
function showState(photo, { element, state, progress, retry, reading }) {
  element.dataset.state = photo.state;
  state.textContent = stateText(photo);
  state.hidden = photo.state === "done";
  progress.hidden = !["sending", "reading"].includes(photo.state);
  if (photo.state === "sending") progress.value = photo.sent;
  else progress.removeAttribute("value");
  retry.hidden = !["failed", "cancelled"].includes(photo.state) || !photo.again;
  reading.hidden = photo.state !== "done";
}

/**
 * @param {View} view
 * @param {Parts} parts
 * @param {(face: number) => void} choose
 */
function showFaces(view, parts, choose) {
  const result = /** @type {PhotoResult} */ (view.photo?.result);
  const face = result.faces[view.chosen];
  fit(parts.frame, result.width, result.height);
  drawFaces(parts.frame, { result, chosen: view.chosen, explanation: view.explanation });
  const reading = readingOf(face);
  parts.label.textContent = face ? reading.label : gettext("no face found");
  parts.detail.textContent = face ? reading.detail : "";
  parts.mark.dataset.expression = face?.label ?? "";
  parts.hint.textContent = hintsOf(result);
  parts.bars.hidden = parts.explain.hidden = !face;
  parts.explain.setAttribute("aria-pressed", String(view.explanation !== null));
  showBars(parts, face);
  showChoice(parts.faces, result.faces, view.chosen, choose);
}

/**
 * Shows a video's leading expression and its chart; the bars are the chart's legend too.
 *
 * @param {import("./api.js").VideoResult} video
 * @param {Parts} parts
 */
function showVideo(video, parts) {
  const most = leading(video.shares);
  const face = most && video.shares ? { label: most[0], probs: video.shares } : undefined;
  const { label, detail, hint } = videoWords(video);
  parts.label.textContent = label;
  parts.detail.textContent = detail;
  parts.hint.textContent = hint;
  parts.mark.dataset.expression = face?.label ?? "";
  parts.explain.hidden = true;
  parts.bars.hidden = parts.chart.hidden = parts.times.hidden = !face;
  parts.end.textContent = clock(video.duration_s);
  colorBars(parts);
  showBars(parts, face);
  drawChart(parts.plot, video);
  const changes = changesOf(video.samples).map((one) =>
    Object.assign(document.createElement("li"), { textContent: words(one) }),
  );
  parts.changes.replaceChildren(...changes);
}

/**
 * @param {View} view
 * @param {Parts} parts
 * @param {Explain} explain
 */
async function toggleExplanation(view, { frame, explain: button, note }, explain) {
  const { chosen } = view;
  const result = /** @type {PhotoResult} */ (view.photo?.result);
  note.textContent = "";
  if (!view.explanation) {
    button.disabled = true;
    try {
      const explanation = await explain(result.faces[chosen]);
      if (view.chosen === chosen) view.explanation = explanation;
      note.textContent = gettext("Warm is where the model saw it.");
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error);
    }
    button.disabled = false;
  } else view.explanation = null;
  button.setAttribute("aria-pressed", String(view.explanation !== null));
  drawFaces(frame, { result, chosen: view.chosen, explanation: view.explanation });
}
