/** One photo or video large: its boxes, the bars of a face, the chart of a video, and why. */

import { partOf } from "../shared/dom.js";
import { explanationWords } from "../shared/explain.js";
import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";
import { clock, readingOf } from "../shared/words.js";
import { fetchLargePreview, isVideo } from "./api.js";
import { drawChart, drawExplanation, drawFaces, fit } from "./drawing.js";
import { changesOf, isVideoResult, leading } from "./list.js";
import { hintsOf, videoWords, words } from "./phrases.js";
import { colorBars, compareBars, showBars, showChoice } from "./viewer_parts.js";

/**
 * @typedef {import("./api.js").Face} Face
 * @typedef {import("./api.js").PhotoResult} PhotoResult
 * @typedef {import("./list.js").Photo} Photo
 * @typedef {import("../shared/explain.js").Explanation} Explanation
 *
 * @typedef {object} Item
 * @property {Photo} photo A photo or video that was read.
 * @property {File} file
 *
 * @typedef {object} View
 * @property {Item | null} item
 * @property {string} address Address of the file, as long as it is shown.
 * @property {number} chosen Index of the face whose reading is shown.
 * @property {Explanation | null} explanation
 * @property {PhotoResult | null} other Another model's reading of the same photo.
 *
 * @typedef {object} Actions
 * @property {(id: number, step: number) => number | null} neighbour Id of the next photo in that direction.
 * @property {(id: number) => Item} itemOf
 * @property {(id: number) => void} remove
 * @property {(file: File, model: string) => Promise<import("./api.js").Result>} read Rejects with a SendProblem.
 * @property {(file: File, face: Face) => Promise<Explanation>} explain Throws an Error with a sentence for the visitor.
 */

/** @param {HTMLElement} element */
function partsOf(element) {
  const part = partOf(element);
  return {
    element,
    name: part("name"),
    previous: part("previous", HTMLButtonElement),
    next: part("next", HTMLButtonElement),
    remove: part("remove"),
    close: part("close"),
    frame: part("frame"),
    image: part("picture", HTMLImageElement),
    video: part("clip", HTMLVideoElement),
    note: part("note"),
    mark: part("mark"),
    label: part("label"),
    detail: part("detail"),
    hint: part("hint"),
    faces: part("faces"),
    chart: part("chart"),
    plot: part("plot"),
    end: part("end"),
    times: part("times"),
    changes: part("changes"),
    bars: part("bars"),
    compare: element.querySelector("select"), // none where the server has one model
    compareRoom: element.querySelector(".compare"),
    compareNote: element.querySelector(".compare p"),
    explain: part("why", HTMLButtonElement),
    whyNote: part("why-note"),
    legend: part("legend"),
    proof: part("proof"),
  };
}

/** @typedef {ReturnType<typeof partsOf>} Parts */

/**
 * @param {HTMLDialogElement} dialog
 * @param {Actions} actions
 */
export function createViewer(dialog, actions) {
  const parts = partsOf(dialog);
  /** @type {View} */
  const view = { item: null, address: "", chosen: 0, explanation: null, other: null };

  /** @param {number} face */
  function choose(face) {
    Object.assign(view, { chosen: face, explanation: null });
    redraw();
  }

  const redraw = () => showFaces(view, parts, choose);

  /** @param {number} id */
  function show(id) {
    leave(view, parts);
    view.item = actions.itemOf(id);
    parts.previous.disabled = actions.neighbour(id, -1) === null;
    parts.next.disabled = actions.neighbour(id, 1) === null;
    showFile(view, parts);
    const { result } = view.item.photo;
    if (result && isVideoResult(result)) showVideo(result, parts);
    else choose(0);
    if (parts.compare?.value) void compare(view, parts, actions.read, redraw);
  }

  /** @param {number} step */
  function go(step) {
    const id = view.item && actions.neighbour(view.item.photo.id, step);
    if (id) show(id);
  }

  parts.previous.addEventListener("click", () => go(-1));
  parts.next.addEventListener("click", () => go(1));
  parts.close.addEventListener("click", () => dialog.close());
  parts.explain.addEventListener("click", () => void toggleExplanation(view, parts, actions.explain));
  parts.compare?.addEventListener("change", () => void compare(view, parts, actions.read, redraw));
  parts.remove.addEventListener("click", () => {
    const id = view.item?.photo.id;
    dialog.close();
    if (id) actions.remove(id);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.addEventListener("keydown", ({ key, target }) => {
    const hasOwnArrows = target instanceof HTMLVideoElement || target instanceof HTMLSelectElement;
    if (!dialog.open || hasOwnArrows) return;
    if (key === "ArrowLeft") go(-1);
    if (key === "ArrowRight") go(1);
  });
  dialog.addEventListener("close", () => leave(view, parts));
  return {
    /** @param {number} id */
    open(id) {
      show(id);
      dialog.showModal();
    },
  };
}

/**
 * Lets go of the file that was shown.
 *
 * @param {View} view
 * @param {Parts} parts
 */
function leave(view, { image, video }) {
  image.removeAttribute("src");
  video.removeAttribute("src");
  video.load(); // stops it
  URL.revokeObjectURL(view.address);
  Object.assign(view, { item: null, address: "", explanation: null, other: null });
}

/**
 * Reads the photo with the other model that is chosen, and shows both.
 *
 * @param {View} view
 * @param {Parts} parts
 * @param {Actions["read"]} read
 * @param {() => void} redraw
 */
async function compare(view, { compare: select, compareNote }, read, redraw) {
  const { item } = view;
  const model = select?.value;
  if (!item || !compareNote || isVideo(item.file)) return;
  view.other = null;
  redraw();
  compareNote.textContent = model
    ? gettext("Reading. A model that nobody has asked for yet is loaded first, which takes some seconds …")
    : "";
  if (!model) return;
  const isCurrent = () => view.item === item && select.value === model;
  try {
    const result = await read(item.file, model);
    if (!isCurrent() || isVideoResult(result)) return;
    view.other = result;
    compareNote.textContent = gettext("Solid bars: the first model. Striped bars: the one compared.");
    redraw();
  } catch (error) {
    const { code, message } = /** @type {import("./api.js").SendProblem} */ (error);
    if (isCurrent()) compareNote.textContent = meaningOf({ code, message });
  }
}

/**
 * @param {View} view
 * @param {Parts} parts
 */
function showFile(view, { frame, image, video, note, name }) {
  const { photo, file } = /** @type {Item} */ (view.item);
  const result = /** @type {import("./api.js").Result} */ (photo.result);
  const preview = isVideoResult(result) ? undefined : result.preview;
  const [shown, hidden] = isVideo(file) ? [video, image] : [image, video];
  hidden.hidden = note.hidden = true;
  shown.hidden = false;
  shown.onerror = () => {
    if (view.item?.photo !== photo || !shown.hasAttribute("src")) return; // of one that was left
    shown.hidden = true;
    note.hidden = false;
  };
  view.address = preview ? "" : URL.createObjectURL(file);
  shown.src = preview ?? view.address;
  name.textContent = file.name;
  image.alt = gettext("Photo %(name)s", { name: file.name });
  video.setAttribute("aria-label", gettext("Clip %(name)s", { name: file.name }));
  fit(frame, result.width, result.height);
  if (preview) {
    void fetchLargePreview(file).then((large) => {
      if (large && view.item?.photo === photo) image.src = large;
    });
  }
}

/**
 * @param {View} view
 * @param {Parts} parts
 * @param {(face: number) => void} choose
 */
function showFaces(view, parts, choose) {
  const result = /** @type {PhotoResult} */ (view.item?.photo.result);
  const face = result.faces[view.chosen];
  drawFaces(parts.frame, { result, chosen: view.chosen, choose });
  drawExplanation(parts.frame, result, view.explanation);
  const reading = readingOf(face);
  parts.label.textContent = face ? reading.label : gettext("no face found");
  parts.detail.textContent = face ? reading.detail : "";
  parts.mark.dataset.expression = face?.label ?? "";
  parts.hint.textContent = hintsOf(result);
  showWhy(parts, view.explanation);
  parts.bars.hidden = parts.explain.hidden = !face;
  parts.chart.hidden = parts.times.hidden = true;
  parts.explain.setAttribute("aria-pressed", String(view.explanation !== null));
  colorBars(parts.bars);
  showBars(parts.bars, face);
  compareBars(parts.bars, face, view.other?.faces[view.chosen]);
  parts.compareRoom?.toggleAttribute("hidden", !face);
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
  parts.frame.querySelectorAll(".layer").forEach((layer) => layer.remove());
  parts.label.textContent = label;
  parts.detail.textContent = detail;
  parts.hint.textContent = hint;
  parts.mark.dataset.expression = face?.label ?? "";
  showWhy(parts, null);
  parts.explain.hidden = parts.faces.hidden = true;
  parts.compareRoom?.toggleAttribute("hidden", true);
  compareBars(parts.bars, undefined, undefined);
  parts.bars.hidden = parts.chart.hidden = parts.times.hidden = !face;
  parts.end.textContent = clock(video.duration_s);
  colorBars(parts.bars);
  showBars(parts.bars, face);
  drawChart(parts.plot, video);
  const changes = changesOf(video.samples).map((one) =>
    Object.assign(document.createElement("li"), { textContent: words(one) }),
  );
  parts.changes.replaceChildren(...changes);
}

/**
 * @param {Parts} parts
 * @param {Explanation | null} explanation
 */
function showWhy({ whyNote, legend, proof }, explanation) {
  const words = explanation && explanationWords(explanation);
  whyNote.textContent = words?.sentence ?? "";
  proof.textContent = words?.proof ?? "";
  legend.hidden = !words?.proof;
}

/**
 * @param {View} view
 * @param {Parts} parts
 * @param {Actions["explain"]} explain
 */
async function toggleExplanation(view, parts, explain) {
  const { frame, explain: button, whyNote } = parts;
  const { chosen, item } = view;
  if (!item || button.getAttribute("aria-busy") === "true") return;
  const result = /** @type {PhotoResult} */ (item.photo.result);
  const isCurrent = () => view.item === item && view.chosen === chosen;
  showWhy(parts, null);
  if (!view.explanation) {
    button.setAttribute("aria-busy", "true"); // disabled, it would lose the focus
    whyNote.textContent = gettext("Looking …");
    try {
      const explanation = await explain(item.file, result.faces[chosen]);
      if (isCurrent()) view.explanation = explanation;
      if (isCurrent()) showWhy(parts, explanation);
    } catch (error) {
      if (isCurrent()) whyNote.textContent = error instanceof Error ? error.message : String(error);
    }
    button.removeAttribute("aria-busy");
    if (!isCurrent()) return;
  } else view.explanation = null;
  button.setAttribute("aria-pressed", String(view.explanation !== null));
  drawExplanation(frame, result, view.explanation);
}
