/** The page of photos: files in, cards shown, results out. */

import { explainFace, isVideo, sendFile } from "./photos/api.js";
import { createCard } from "./photos/card.js";
import { arrange, change, count, kindOf, newPhoto, progressOf, toCsv, toJson } from "./photos/list.js";
import { summaryOf, tooLargeText } from "./photos/phrases.js";
import { createQueue } from "./photos/queue.js";
import { byId, setText } from "./shared/dom.js";
import { gettext } from "./shared/i18n.js";
import { saveFile } from "./shared/storage.js";
import { createToasts } from "./shared/toasts.js";

const page = byId("photos");
const template = byId("card", HTMLTemplateElement);
const kind = byId("kind", HTMLSelectElement);
const sort = byId("sort", HTMLSelectElement);
const overall = byId("overall", HTMLProgressElement);
const filesField = byId("files", HTMLInputElement);
const labels = (page.dataset.labels ?? "").split(" ");
const toasts = createToasts(byId("toasts"));

/**
 * @typedef {object} Entry
 * @property {File} file
 * @property {ReturnType<typeof createCard>} card
 */

/** @type {Map<number, Entry>} */
const entries = new Map();
/** @type {import("./photos/list.js").Photo[]} */
let photos = [];
let numAdded = 0;

const queue = createQueue({
  send: sendFile,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onChange(id, changes) {
    photos = change(photos, id, changes);
    update();
  },
});

/** @param {number} id */
function entryOf(id) {
  return /** @type {Entry} */ (entries.get(id)); // a photo that was removed keeps its entry, for the undo
}

/** @param {Iterable<File>} files */
function add(files) {
  for (const file of files) {
    const id = (numAdded += 1);
    photos = [...photos, newPhoto(id, file.name, isVideo(file))];
    const card = createCard({
      template,
      file,
      onRemove: () => remove([id], gettext("%(name)s removed.", { name: file.name })),
      onRetry: () => start(id),
      explain: (face) => explainFace(file, face),
    });
    entries.set(id, { file, card });
    start(id);
  }
  update();
}

/** @param {number} id */
function start(id) {
  const { file } = entryOf(id);
  const maxBytes = Number(isVideo(file) ? page.dataset.maxVideoBytes : page.dataset.maxBytes);
  if (file.size > maxBytes) {
    const message = tooLargeText(file.size, maxBytes);
    photos = change(photos, id, { state: "failed", message, again: false });
  } else {
    photos = change(photos, id, { state: "waiting", sent: 0 });
    queue.add(id, file);
  }
  update();
}

/**
 * Removes at once, with an undo; photos that were not read yet start anew then.
 *
 * @param {number[]} ids
 * @param {string} text
 */
function remove(ids, text) {
  const before = photos;
  const gone = new Set(ids);
  ids.forEach((id) => queue.cancel(id));
  photos = photos.filter(({ id }) => !gone.has(id));
  update();
  const undo = () => {
    const back = before.filter(({ id }) => gone.has(id));
    photos = [...photos, ...back].toSorted((a, b) => a.id - b.id);
    back.filter((photo) => kindOf(photo) === "pending").forEach(({ id }) => start(id));
    update();
  };
  toasts.show({ text, undo });
  (photos.length ? kind : filesField).focus({ preventScroll: true });
}

function stopAll() {
  for (const photo of photos.filter((one) => kindOf(one) === "pending")) {
    queue.cancel(photo.id);
    photos = change(photos, photo.id, { state: "cancelled" });
  }
  update();
}

function update() {
  const shown = arrange(photos, { kind: kind.value, sort: sort.value });
  for (const photo of photos) entryOf(photo.id).card.update(photo);
  const elements = shown.map(({ id }) => entryOf(id).card.element);
  const list = byId("results");
  const isSame =
    elements.length === list.children.length &&
    elements.every((element, index) => list.children[index] === element);
  if (!isSame) list.replaceChildren(...elements);
  showTools();
  byId("none").hidden = shown.length > 0 || !photos.length;
}

function showTools() {
  const progress = progressOf(photos);
  const { total, finished, busy } = progress;
  const counts = count(photos);
  page.toggleAttribute("data-some", total > 0);
  byId("tools").hidden = byId("out").hidden = total === 0;
  byId("stop").hidden = overall.hidden = !busy;
  overall.max = Math.max(total, 1);
  overall.value = finished;
  setText(byId("summary"), summaryOf(progress));
  for (const option of kind.options) {
    const num = option.value === "all" ? total : (counts.get(option.value) ?? 0);
    option.textContent = `${option.dataset.name} (${num})`;
  }
}

/**
 * @param {string} name
 * @param {string} type Media type.
 * @param {string} text
 */
function saveText(name, type, text) {
  saveFile(name, new Blob([text], { type }));
}

function listen() {
  for (const field of [filesField, byId("camera", HTMLInputElement)]) {
    field.addEventListener("change", () => (add([...(field.files ?? [])]), (field.value = "")));
  }
  kind.addEventListener("change", update);
  sort.addEventListener("change", update);
  byId("stop").addEventListener("click", stopAll);
  byId("clear").addEventListener("click", () => {
    const ids = photos.map(({ id }) => id);
    remove(ids, gettext("All removed."));
  });
  byId("csv").addEventListener("click", () => saveText("expressions.csv", "text/csv", toCsv(photos, labels)));
  byId("json").addEventListener("click", () =>
    saveText("expressions.json", "application/json", toJson(photos)),
  );
  document.addEventListener("paste", ({ clipboardData }) => add([...(clipboardData?.files ?? [])]));
  listenForDrops();
}

/** Takes files that are dropped anywhere: beside the field, the browser would leave the page for them. */
function listenForDrops() {
  let depth = 0; // `dragleave` also comes from every element inside
  /** @param {number} by */
  const enter = (by) => {
    depth = Math.max(0, depth + by);
    byId("drop").toggleAttribute("data-over", depth > 0);
  };
  addEventListener("dragenter", () => enter(1));
  addEventListener("dragleave", () => enter(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    enter(-depth);
    add([...(event.dataTransfer?.files ?? [])]);
  });
}

byId("submit").hidden = true; // for browsers without JavaScript
byId("clips-too").hidden = false; // the form takes photos alone
filesField.accept += ",video/*,.mkv";
byId("camera-label").hidden = !matchMedia("(pointer: coarse)").matches;
listen();
update();
