/** The page of photos: files in, thumbnails shown, results out. */

import { explainFace, isVideo, readOnce, sendFile } from "./photos/api.js";
import { createGrid } from "./photos/grid.js";
import { arrange, change, count, kindOf, newPhoto, progressOf, toCsv, toJson } from "./photos/list.js";
import { summaryOf, tooLargeText } from "./photos/phrases.js";
import { createQueue } from "./photos/queue.js";
import { offerSamples } from "./photos/samples.js";
import { createRibbon } from "./photos/ribbon.js";
import { createThumbs } from "./photos/thumbs.js";
import { createTile } from "./photos/tile.js";
import { createViewer } from "./photos/viewer.js";
import { byId, setText } from "./shared/dom.js";
import { gettext } from "./shared/i18n.js";
import { saveFile } from "./shared/storage.js";
import { createToasts } from "./shared/toasts.js";

const page = byId("photos");
const template = byId("tile", HTMLTemplateElement);
const sort = byId("sort", HTMLSelectElement);
const overall = byId("overall", HTMLProgressElement);
const filesField = byId("files", HTMLInputElement);
/** Where there are several models. */
const modelField = /** @type {HTMLSelectElement | null} */ (document.getElementById("model"));
/** Where the model can be read more or less readily. */
const strengthField = /** @type {HTMLSelectElement | null} */ (document.getElementById("strength"));
const labels = (page.dataset.labels ?? "").split(" ");
const toasts = createToasts(byId("toasts"));

/**
 * @typedef {object} Entry
 * @property {File} file
 * @property {string | null} [thumb] Address of the thumbnail; null where this browser can make none.
 * @property {ReturnType<typeof createTile>} [tile] Made when it is first in sight.
 */

/** @type {Map<number, Entry>} */
const entries = new Map();
/** @type {import("./photos/list.js").Photo[]} */
let photos = [];
/** @type {import("./photos/list.js").Photo[]} */
let shown = [];
let kind = "all";
let numAdded = 0;
let isAsked = false;

const queue = createQueue({
  send: (file, onSent) => sendFile(file, onSent, { model: modelField?.value, strength: strength() }),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onChange(id, changes) {
    photos = change(photos, id, changes);
    updateSoon();
  },
});

const thumbs = createThumbs({
  onThumb(id, address) {
    entryOf(id).thumb = address;
    updateSoon();
  },
});

const grid = createGrid(byId("results"), { tileOf, onShown: thumbs.hurry });

const viewer = createViewer(byId("viewer", HTMLDialogElement), {
  neighbour(id, step) {
    const readable = shown.filter(({ state }) => state === "done");
    return readable[readable.findIndex((one) => one.id === id) + step]?.id ?? null;
  },
  itemOf: (id) => ({ photo: photoOf(id), file: entryOf(id).file }),
  remove: removeOne,
  explain: (file, face) => explainFace(file, face, strength()),
  read: readOnce((file, model) => sendFile(file, () => {}, { model }).answer),
});

const ribbon = createRibbon(byId("ribbon"), (chosen) => {
  kind = chosen;
  update();
});

/** The visitor's choice for the server's own model; another one is read as its card says. */
function strength() {
  return (!modelField?.value && strengthField?.value) || "";
}

/** @param {number} id */
function entryOf(id) {
  return /** @type {Entry} */ (entries.get(id)); // a photo that was removed keeps its entry, for the undo
}

/** @param {number} id */
function photoOf(id) {
  return /** @type {import("./photos/list.js").Photo} */ (photos.find((photo) => photo.id === id));
}

/** @param {number} id */
function tileOf(id) {
  const entry = entryOf(id);
  const photo = photoOf(id);
  entry.tile ??= createTile({
    template,
    photo,
    onOpen: () => viewer.open(id),
    onRemove: () => removeOne(id),
    onRetry: () => start(id),
  });
  entry.tile.update(photo, entry.thumb);
  return entry.tile;
}

/** @param {Iterable<File>} files */
function add(files) {
  for (const file of files) {
    const id = (numAdded += 1);
    photos = [...photos, newPhoto(id, file.name, isVideo(file))];
    entries.set(id, { file });
    start(id);
  }
  update();
}

/** @param {number} id */
function start(id) {
  const { file, thumb } = entryOf(id);
  const maxBytes = Number(isVideo(file) ? page.dataset.maxVideoBytes : page.dataset.maxBytes);
  if (file.size > maxBytes) {
    const message = tooLargeText(file.size, maxBytes);
    photos = change(photos, id, { state: "failed", message, again: false });
  } else {
    photos = change(photos, id, { state: "waiting", sent: 0 });
    queue.add(id, file);
    if (thumb === undefined) thumbs.add(id, file);
  }
  updateSoon();
}

/** @param {number} id */
function removeOne(id) {
  const index = shown.findIndex((photo) => photo.id === id);
  remove([id], gettext("%(name)s removed.", { name: entryOf(id).file.name }));
  if (shown.length) grid.focus(Math.min(index, shown.length - 1));
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
  (photos.length ? sort : filesField).focus({ preventScroll: true });
}

/**
 * Reads again with what was chosen.
 *
 * @param {boolean} [clipsToo] Whether the choice also holds for clips.
 */
function readAgain(clipsToo = false) {
  for (const { id, isVideo: isClip, again } of photos) {
    if ((isClip && !clipsToo) || !again) continue;
    queue.cancel(id);
    start(id);
  }
  update();
}

function stopAll() {
  for (const photo of photos.filter((one) => kindOf(one) === "pending")) {
    queue.cancel(photo.id);
    photos = change(photos, photo.id, { state: "cancelled" });
  }
  update();
}

/** Files may change more often than a screen can show. */
function updateSoon() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(update);
}

function update() {
  isAsked = false;
  shown = arrange(photos, { kind, sort: sort.value });
  showTools();
  grid.show(shown.map(({ id }) => id));
  byId("none").hidden = shown.length > 0 || !photos.length;
}

function showTools() {
  const progress = progressOf(photos);
  const { total, finished, busy } = progress;
  page.toggleAttribute("data-some", total > 0);
  byId("head").hidden = byId("tools").hidden = total === 0;
  byId("stop").hidden = overall.hidden = !busy;
  overall.max = Math.max(total, 1);
  overall.value = finished;
  setText(byId("summary"), summaryOf(progress));
  ribbon.update(count(photos), kind);
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
  sort.addEventListener("change", update);
  modelField?.addEventListener("change", () => {
    if (strengthField) strengthField.disabled = Boolean(modelField.value);
    readAgain();
  });
  strengthField?.addEventListener("change", () => readAgain(true));
  byId("stop").addEventListener("click", stopAll);
  byId("clear").addEventListener("click", () => {
    const ids = photos.map(({ id }) => id);
    kind = "all";
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
offerSamples(toasts);
