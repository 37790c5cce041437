/** The music folder: its scan, and all tracks of the catalogue, whose moods can be corrected. */

import { byId } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";
import { createAttempt } from "../api.js";
import { button, debounce, describeTrack, kindChip, make, showPager } from "../parts.js";
import { placeName } from "../phrases.js";
import { placeOf } from "../mood/plane.js";
import { createMoodCorrection } from "./mood_correction.js";
import { listenToMoodFile } from "./mood_file.js";
import { createScanView } from "./scan_view.js";

const PAGE = 50;
const WAIT_MS = 250;

/**
 * @typedef {import("../api.js").Track} Track
 *
 * @typedef {object} FolderParts
 * @property {import("../api.js").Api} api
 * @property {import("../api.js").Toasts} toasts
 * @property {boolean} shared Whether visitors may change what all of them see, and start scans.
 * @property {() => void} onFound Tracks have come, gone or changed.
 * @property {() => void} onRemoved A track has left the catalogue.
 *
 * @param {FolderParts} parts
 */
export function createFolderView({ api, toasts, shared, onFound, onRemoved }) {
  const attempt = createAttempt(toasts);
  const correction = createMoodCorrection({ api, attempt, toasts, onChanged: () => void showTracks() });
  const scan = createScanView({ api, attempt, edits: shared, onStateChange });
  const search = byId("track-search", HTMLInputElement);
  let page = 1;

  search.addEventListener(
    "input",
    debounce(() => turnTo(1), WAIT_MS),
  );
  byId("tab-folder").addEventListener("click", () => void reload());
  listenToMoodFile({ api, attempt });

  async function reload() {
    await scan.watch();
    await showTracks();
  }

  async function onStateChange() {
    onFound();
    if (!byId("panel-folder").hidden) await showTracks();
  }

  /** @param {number} to */
  function turnTo(to) {
    page = to;
    void showTracks();
  }

  async function showTracks() {
    const words = encodeURIComponent(search.value.trim());
    await attempt(async () => {
      /** @type {import("../api.js").TracksPage} */
      const { tracks, total } = await api.get(`/tracks?page=${page}&page_size=${PAGE}&search=${words}`);
      byId("track-list").replaceChildren(...(tracks.length ? tracks.map(row) : [nothing()]));
      showPager(byId("track-pager"), { page, size: PAGE, total, onTurn: turnTo });
    });
  }

  /** @param {Track} track */
  function row(track) {
    const place = track.point ? placeName(placeOf(track.point)) : gettext("mood unknown");
    const label = gettext("Correct the mood of %(title)s, now: %(place)s", { title: track.title, place });
    const mood = track.may_change
      ? button(place, () => correction.open(track), { "aria-label": label, class: "link" })
      : make("small", {}, place);
    const item = make("li", { class: "track" }, describeTrack(track), kindChip(track), mood);
    if (track.may_change && isPasted(track)) item.append(removeButton(track, () => void remove(track)));
    return item;
  }

  /** @param {Track} track */
  async function remove(track) {
    const isGone = await attempt(() => api.remove(`/tracks/${track.id}`));
    await showTracks();
    onFound();
    if (!isGone) return;
    onRemoved();
    toasts.show({
      text: gettext("“%(title)s” was removed, also from playlists.", { title: track.title }),
      undo: () => void restore(track),
    });
  }

  /** @param {Track} track */
  async function restore(track) {
    await attempt(() => api.post(`/tracks/${track.id}/restore`));
    await showTracks();
    onFound();
  }

  return { reload, watch: scan.watch };
}

/**
 * @param {Track} track
 * @returns {boolean} Whether the track can be removed: files and built-in pieces come back from their source.
 */
function isPasted({ kind }) {
  return kind === "stream" || kind === "embed";
}

/**
 * @param {Track} track
 * @param {() => void} remove
 */
function removeButton(track, remove) {
  const label = gettext("Remove %(title)s from the catalogue", { title: track.title });
  return button("×", remove, { "aria-label": label, class: "icon" });
}

function nothing() {
  return make("li", { class: "small" }, gettext("No track has this in its title, artist or album."));
}
