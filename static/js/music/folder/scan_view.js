/** The scan of the music folder: its progress, and the files that cannot be played. */

import { byId } from "../../shared/dom.js";
import { gettext, ngettext } from "../../shared/i18n.js";
import { describeTrack, make } from "../parts.js";
import { problemOf } from "../phrases.js";

const PROBLEMS = 20;
const WATCH_MS = 1000;

/**
 * @typedef {import("../api.js").Scan} Scan
 *
 * @param {Scan} scan
 * @returns {string} State of the scan in one sentence.
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
      "This server has no music folder. Its operator can name one with the setting MUSIC_DIR; until then there are " +
        "built-in pieces, radio and other sites' players.",
    );
  if (state === "reading" && !found) return gettext("Looking for new files …");
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

/**
 * @param {object} parts
 * @param {import("../api.js").Api} parts.api
 * @param {import("../api.js").Attempt} parts.attempt
 * @param {boolean} parts.edits Whether the music may be changed on this server.
 * @param {() => Promise<void>} parts.onStateChange Called when the scan enters another state.
 */
export function createScanView({ api, attempt, edits, onStateChange }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Scan["state"] | null} */
  let before = null;

  const watch = () => attempt(async () => follow(await api.get("/music/scan")));
  byId("folder-scan").addEventListener(
    "click",
    () => void attempt(async () => follow(await api.post("/music/scan"))),
  );

  /**
   * Shows a scan, and asks again while it runs.
   *
   * @param {Scan} scan
   */
  function follow(scan) {
    clearTimeout(timer);
    showScan(scan, edits);
    if (isRunning(scan)) timer = setTimeout(() => void watch(), WATCH_MS);
    if (before && before !== scan.state) void onStateChange();
    before = scan.state;
    void showProblems(scan.num_problems);
  }

  /** @param {number} num */
  async function showProblems(num) {
    byId("folder-problems").hidden = !num;
    if (!num || byId("panel-folder").hidden) return;
    await attempt(async () => {
      /** @type {import("../api.js").TracksPage[]} */
      const answers = await Promise.all(
        ["unreadable", "missing"].map((state) => api.get(`/tracks?state=${state}&page_size=${PROBLEMS}`)),
      );
      const tracks = answers.flatMap(({ tracks: some }) => some);
      byId("folder-problem-list").replaceChildren(...tracks.map(problemRow));
      byId("folder-problems").hidden = tracks.length === 0;
    });
  }

  return { watch };
}

/** @param {Scan} scan */
function isRunning({ has_folder: hasFolder, state }) {
  return hasFolder && (state === "reading" || state === "listening");
}

/**
 * @param {Scan} scan
 * @param {boolean} edits
 */
function showScan(scan, edits) {
  const running = isRunning(scan);
  const progress = byId("folder-progress", HTMLProgressElement);
  byId("folder-state").textContent = scanText(scan);
  const button = byId("folder-scan", HTMLButtonElement);
  button.hidden = !edits || !scan.has_folder;
  button.disabled = running; // not hidden: the keyboard's focus would be lost
  byId("folder-moods").hidden = !edits || !scan.has_folder;
  byId("folder-moods-help").hidden = !edits || !scan.has_folder;
  progress.hidden = !running;
  if (scan.num_found) Object.assign(progress, { max: scan.num_found, value: scan.num_done });
  else progress.removeAttribute("value");
}

/** @param {import("../api.js").Track} track */
function problemRow(track) {
  return make("li", { class: "track" }, describeTrack(track), make("small", {}, problemOf(track.problem)));
}
