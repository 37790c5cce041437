/** One photo or video in the grid; `update` may be called any number of times. */

import { partOf, setText } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { isVideoResult, readingsOf } from "./list.js";
import { stateText, tally, tileName, tileWords } from "./phrases.js";
import { positionOf } from "./window.js";

/**
 * @typedef {import("./list.js").Photo} Photo
 *
 * @param {HTMLElement} element
 */
function partsOf(element) {
  const part = partOf(element);
  return {
    element,
    open: part("open", HTMLButtonElement),
    image: part("picture", HTMLImageElement),
    note: part("note"),
    plate: part("plate"),
    marks: part("marks"),
    label: part("label"),
    detail: part("detail"),
    progress: part("progress", HTMLProgressElement),
    trouble: part("trouble"),
    state: part("state"),
    retry: part("retry"),
    name: part("name"),
    remove: part("remove"),
  };
}

/** @typedef {ReturnType<typeof partsOf>} Parts */

/**
 * @param {object} options
 * @param {HTMLTemplateElement} options.template
 * @param {Photo} options.photo
 * @param {() => void} options.onOpen
 * @param {() => void} options.onRemove
 * @param {() => void} options.onRetry
 */
export function createTile({ template, photo, onOpen, onRemove, onRetry }) {
  const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const parts = partsOf(/** @type {HTMLElement} */ (fragment.firstElementChild));
  parts.name.textContent = parts.name.title = photo.name;
  parts.remove.setAttribute("aria-label", gettext("Remove %(name)s", { name: photo.name }));
  parts.open.addEventListener("click", onOpen);
  parts.remove.addEventListener("click", onRemove);
  parts.retry.addEventListener("click", onRetry);
  /** @type {Photo | null} */
  let shown = null;
  /** @type {string | null | undefined} */
  let shownThumb;

  return {
    element: parts.element,
    focus: () => (parts.open.hidden ? parts.remove : parts.open).focus(),
    /**
     * @param {Photo} next
     * @param {string | null | undefined} thumb Address of its thumbnail; null where this browser can make none.
     */
    update(next, thumb) {
      if (next === shown && thumb === shownThumb) return;
      if (next !== shown) showState(next, parts);
      showPicture(next, thumb, parts);
      shown = next;
      shownThumb = thumb;
    },
  };
}

/**
 * @param {Photo} photo
 * @param {Parts} parts
 */
function showState(photo, parts) {
  const { element, open, plate, marks, label, detail, progress, trouble, state, retry } = parts;
  const isDone = photo.state === "done";
  const isStopped = ["failed", "cancelled"].includes(photo.state);
  element.dataset.state = photo.state;
  open.hidden = isStopped; // nothing to look at
  open.disabled = !isDone;
  trouble.hidden = !isStopped;
  setText(state, stateText(photo));
  retry.hidden = !isStopped || !photo.again;
  progress.hidden = !["sending", "reading"].includes(photo.state);
  if (photo.state === "sending") progress.value = photo.sent;
  else progress.removeAttribute("value");
  const words = isDone ? tileWords(photo) : { label: stateText(photo), detail: "" };
  setText(label, words.label);
  setText(detail, words.detail);
  plate.hidden = isStopped;
  open.setAttribute("aria-label", isDone ? tileName(photo) : `${photo.name}: ${words.label}`);
  const kinds = tally(readingsOf(photo));
  marks.replaceChildren(...kinds.map((kind) => markOf(kind, kinds.length > 1)));
}

/**
 * @param {{label: string, num: number}} one
 * @param {boolean} isCounted
 */
function markOf({ label, num }, isCounted) {
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.dataset.expression = label;
  if (isCounted) mark.dataset.num = String(num);
  return mark;
}

/**
 * @param {Photo} photo
 * @param {string | null | undefined} thumb
 * @param {Parts} parts
 */
function showPicture({ result, state, isVideo }, thumb, { image, note }) {
  const photo = result && !isVideoResult(result) ? result : null;
  const address = thumb ?? photo?.preview;
  if (address && image.getAttribute("src") !== address) image.src = address;
  image.hidden = !address;
  if (photo) image.style.objectPosition = positionOf(photo);
  note.hidden = Boolean(address) || thumb === undefined || state !== "done";
  note.dataset.kind = isVideo ? "video" : "photo";
}
