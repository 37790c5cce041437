/** The music folder: how far its scan is, what could not be read, and whose mood is wrong. */

import { gettext, ngettext } from "../../shared/i18n.js";
import { button, describeTrack, kindChip, make, showPager } from "../parts.js";
import { placeName, problemOf } from "../phrases.js";
import { placeOf } from "../mood/plane.js";
import { createPlane } from "../mood/plane_view.js";
import { createAttempt } from "./playlists_panel.js";

const PAGE = 50;
const PROBLEMS = 20;
const WATCH_MS = 1500;
const WAIT_MS = 250;

/**
 * What the page says of a scan. Pure.
 *
 * @param {{state: string, num_found: number, num_done: number, num_problems: number, message: string, has_folder: boolean}} scan
 */
export function scanText({
  state,
  num_found: found,
  num_done: done,
  num_problems: problems,
  message,
  has_folder: hasFolder,
}) {
  if (!hasFolder)
    return gettext(
      "This server has no music folder. Its operator can name one with the setting MUSIC_DIR; until then there are built-in pieces, radio and other sites' players.",
    );
  if (state === "reading") return gettext("Reading files: %(done)s of %(found)s", { done, found });
  if (state === "listening")
    return gettext("Listening to files that say nothing of their mood: %(done)s of %(found)s", {
      done,
      found,
    });
  if (state === "failed") return gettext("The scan has stopped: %(message)s", { message });
  if (!problems) return gettext("The folder is read; every file can be played.");
  return ngettext(
    "The folder is read; %(num)s file cannot be played.",
    "The folder is read; %(num)s files cannot be played.",
    problems,
  );
}

/** @param {Document} document @param {{api: object, toasts: object, edits: boolean, onFound: () => void, onRemoved: () => void}} parts */
export function createFolderView(document, { api, toasts, edits, onFound, onRemoved }) {
  const at = (id) => document.getElementById(id);
  const attempt = createAttempt(toasts);
  const correcting = createCorrecting(attempt, api, toasts, () => void showTracks());
  let page = 1;
  let timer = null;
  let before = null;
  let waiting = null;

  at("folder-scan").addEventListener(
    "click",
    () => void attempt(async () => follow(await api.post("/music/scan"))),
  );
  at("track-search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ((page = 1), void showTracks()), WAIT_MS);
  });
  document.getElementById("tab-folder").addEventListener("click", () => void reload());

  /** Only how far the scan is; the tracks come when somebody wants to see them. */
  async function watch() {
    await attempt(async () => follow(await api.get("/music/scan")));
  }

  async function reload() {
    await watch();
    await showTracks();
  }

  /** Asks again while a scan runs. */
  function follow(scan) {
    clearTimeout(timer);
    const running = scan.has_folder && (scan.state === "reading" || scan.state === "listening");
    at("folder-state").textContent = scanText(scan);
    at("folder-scan").hidden = !edits || !scan.has_folder || running;
    at("folder-progress").hidden = !running;
    if (scan.num_found) Object.assign(at("folder-progress"), { max: scan.num_found, value: scan.num_done });
    else at("folder-progress").removeAttribute("value");
    if (running)
      timer = setTimeout(() => void attempt(async () => follow(await api.get("/music/scan"))), WATCH_MS);
    if (before && before !== scan.state) void showAll();
    before = scan.state;
    void showProblems(scan.num_problems);
  }

  async function showAll() {
    onFound();
    if (!at("panel-folder").hidden) await showTracks();
  }

  async function showProblems(num) {
    at("folder-problems").hidden = !num;
    if (!num || at("panel-folder").hidden) return;
    await attempt(async () => {
      const answers = await Promise.all(
        ["unreadable", "missing"].map((state) => api.get(`/tracks?state=${state}&page_size=${PROBLEMS}`)),
      );
      const tracks = answers.flatMap(({ tracks: some }) => some);
      at("folder-problem-list").replaceChildren(
        ...tracks.map((track) =>
          make("li", { class: "track" }, describeTrack(track), make("small", {}, problemOf(track.problem))),
        ),
      );
      at("folder-problems").hidden = tracks.length === 0;
    });
  }

  async function showTracks() {
    const words = encodeURIComponent(at("track-search").value.trim());
    await attempt(async () => {
      const { tracks, total } = await api.get(`/tracks?page=${page}&page_size=${PAGE}&search=${words}`);
      at("track-list").replaceChildren(
        ...(tracks.length
          ? tracks.map((track) => row(track))
          : [make("li", { class: "small" }, gettext("No track has this in its title, artist or album."))]),
      );
      showPager(at("track-pager"), {
        page,
        size: PAGE,
        total,
        onTurn: (to) => ((page = to), void showTracks()),
      });
    });
  }

  function row(track) {
    const place = track.point ? placeName(placeOf(track.point)) : gettext("mood unknown");
    const label = gettext("Correct the mood of %(title)s, now: %(place)s", { title: track.title, place });
    if (!edits)
      return make("li", { class: "track" }, describeTrack(track), kindChip(track), make("small", {}, place));
    return make(
      "li",
      { class: "track" },
      describeTrack(track),
      kindChip(track),
      button(place, () => correcting.open(track), { "aria-label": label, class: "link" }),
      ...(track.kind === "stream" || track.kind === "embed" ? [remover(track)] : []),
    );
  }

  /** What was pasted can be removed, also from the playlists; files and built-in pieces come from their source. */
  function remover(track) {
    const label = gettext("Remove %(title)s from the catalogue", { title: track.title });
    return button("×", () => void remove(track), { "aria-label": label, class: "icon" });
  }

  async function remove(track) {
    const gone = await attempt(() => api.remove(`/tracks/${track.id}`));
    await showTracks();
    onFound();
    if (!gone) return;
    onRemoved();
    toasts.show({
      text: gettext("“%(title)s” was removed, also from playlists.", { title: track.title }),
      undo: () => void restore(track),
    });
  }

  async function restore(track) {
    await attempt(() => api.post(`/tracks/${track.id}/restore`));
    await showTracks();
    onFound();
  }

  return { reload, watch };
}

/** A dialog with a plane, on which a track is put where it belongs. */
function createCorrecting(attempt, api, toasts, changed) {
  const title = make("h2", { id: "correct-title" });
  const planeBox = make("div");
  const dialog = make("dialog", { class: "correcting", "aria-labelledby": "correct-title" });
  const close = button("×", () => dialog.close(), { class: "icon", "aria-label": gettext("Close") });
  const save = button(gettext("Keep"), () => void keep(point), { class: "primary" });
  const own = button(gettext("Let the server decide again"), () => void keep(null), { class: "link" });
  dialog.append(
    make("div", { class: "dialog-head" }, title, close),
    planeBox,
    make("div", { class: "actions" }, save, own),
  );
  document.body.append(dialog);
  let [track, point] = [null, null];
  const plane = createPlane(planeBox, [
    { id: "point", name: gettext("Mood of the track"), onMove: (to) => show(to) },
  ]);

  function show(to) {
    point = to;
    plane.update({ points: { point }, marks: [] });
  }

  async function keep(to, of = track, undoable = true) {
    await attempt(async () => {
      await api.patch(`/tracks/${of.id}`, { point: to });
      dialog.close();
      changed();
      const back = of.mood_by === "user" ? of.point : null;
      if (undoable)
        toasts.show({
          text: gettext("The mood of “%(title)s” is corrected.", { title: of.title }),
          undo: () => void keep(back, of, false),
        });
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
