/** The page of photos: what comes in, what is shown, what goes out. */

import { gettext, ngettext } from "./shared/i18n.js";
import { explain, isClip, sendFile } from "./photos/api.js";
import { createCard } from "./photos/card.js";
import { arrange, change, count, kindOf, newPhoto, progressOf, toCsv, toJson } from "./photos/list.js";
import { createQueue } from "./photos/queue.js";
import { createToasts } from "./shared/toasts.js";

const at = (id) => document.getElementById(id);
const page = at("photos");
const maxBytesOf = (file) => Number(isClip(file) ? page.dataset.maxVideoBytes : page.dataset.maxBytes);
const labels = page.dataset.labels.split(" ");
const toasts = createToasts(at("toasts"));
const cards = new Map();
const files = new Map();
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

function add(list) {
  for (const file of list) {
    const id = (numAdded += 1);
    photos = [...photos, newPhoto(id, file.name, isClip(file))];
    files.set(id, file);
    const card = createCard({
      template: at("card"),
      file,
      onRemove: () => remove([id], gettext("%(name)s removed.", { name: file.name })),
      onRetry: () => start(id),
      explain: (face) => explain(file, face),
    });
    cards.set(id, card);
    start(id);
  }
  update();
}

function start(id) {
  const file = files.get(id);
  const maxBytes = maxBytesOf(file);
  if (file.size > maxBytes) {
    const mib = (bytes) => Math.ceil(bytes / 2 ** 20);
    const message = gettext("The file has %(has)s MiB, at most %(most)s are accepted.", {
      has: mib(file.size),
      most: mib(maxBytes),
    });
    photos = change(photos, id, { state: "failed", message, again: false });
  } else {
    photos = change(photos, id, { state: "waiting", sent: 0 });
    queue.add(id, file);
  }
  update();
}

/** At once, with a way back: what was being read starts anew then. */
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
  (photos.length ? at("kind") : at("files")).focus({ preventScroll: true });
}

function stopAll() {
  for (const photo of photos.filter((one) => kindOf(one) === "pending")) {
    queue.cancel(photo.id);
    photos = change(photos, photo.id, { state: "cancelled" });
  }
  update();
}

function update() {
  const shown = arrange(photos, { kind: at("kind").value, sort: at("sort").value });
  for (const photo of photos) cards.get(photo.id).update(photo);
  const elements = shown.map(({ id }) => cards.get(id).element);
  const list = at("results");
  if (
    elements.length !== list.children.length ||
    elements.some((element, place) => list.children[place] !== element)
  ) {
    list.replaceChildren(...elements);
  }
  showTools();
  at("none").hidden = shown.length > 0 || !photos.length;
}

/** @param {ReturnType<typeof progressOf>} progress */
function summaryOf({ total, clips, finished, failed, busy }) {
  const few = ngettext("%(num)s photo", "%(num)s photos", total - clips);
  const films = ngettext("%(num)s clip", "%(num)s clips", clips);
  const isMixed = clips > 0 && clips < total;
  if (busy) {
    const all = isMixed ? ngettext("%(num)s file", "%(num)s files", total) : clips ? films : few;
    return gettext("%(finished)s of %(all)s read", { finished, all });
  }
  const all = isMixed
    ? gettext("%(photos)s and %(clips)s", { photos: few, clips: films })
    : clips
      ? films
      : few;
  const bad = failed ? ngettext("%(num)s failed", "%(num)s failed", failed) : "";
  return [all, bad].filter(Boolean).join(", ");
}

function showTools() {
  const { total, finished, busy } = progressOf(photos);
  const counts = count(photos);
  page.toggleAttribute("data-some", total > 0);
  at("tools").hidden = at("out").hidden = total === 0;
  at("stop").hidden = at("overall").hidden = !busy;
  at("overall").max = Math.max(total, 1);
  at("overall").value = finished;
  const text = summaryOf(progressOf(photos));
  if (at("summary").textContent !== text) at("summary").textContent = text;
  for (const option of at("kind").options) {
    const num = option.value === "all" ? total : (counts.get(option.value) ?? 0);
    option.textContent = `${option.dataset.name} (${num})`;
  }
}

function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function listen() {
  for (const field of [at("files"), at("camera")]) {
    field.addEventListener("change", () => (add([...field.files]), (field.value = "")));
  }
  at("kind").addEventListener("change", update);
  at("sort").addEventListener("change", update);
  at("stop").addEventListener("click", stopAll);
  at("clear").addEventListener("click", () =>
    remove(
      photos.map(({ id }) => id),
      gettext("All removed."),
    ),
  );
  at("csv").addEventListener("click", () => download("expressions.csv", "text/csv", toCsv(photos, labels)));
  at("json").addEventListener("click", () =>
    download("expressions.json", "application/json", toJson(photos)),
  );
  document.addEventListener("paste", ({ clipboardData }) => add([...(clipboardData?.files ?? [])]));
  listenForDrops();
}

/** Anywhere on the page: a photo dropped beside the field would leave the page otherwise. */
function listenForDrops() {
  let depth = 0; // `dragleave` also comes from every element inside
  const over = (by) => at("drop").toggleAttribute("data-over", (depth = Math.max(0, depth + by)) > 0);
  addEventListener("dragenter", () => over(1));
  addEventListener("dragleave", () => over(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(-depth);
    add([...event.dataTransfer.files]);
  });
}

at("submit").hidden = true; // for browsers without JavaScript
at("clips-too").hidden = false; // the form takes photos alone
at("files").accept += ",video/*,.mkv";
at("camera-label").hidden = !matchMedia("(pointer: coarse)").matches;
listen();
update();
