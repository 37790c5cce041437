/** The panel of the session: its timeline, the time of each expression, and the files that visitors may save. */

import { partOf, setText } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { fileName, saveFile } from "../shared/storage.js";
import { adjective, percent } from "../shared/words.js";
import { createHistory, toCsv, toJson } from "./history.js";
import { createTimeline } from "./timeline.js";

const SHOW_MS = 500;

/**
 * @param {HTMLElement} section
 * @param {{toasts: import("../shared/toasts.js").Toasts}} parts
 */
export function createSession(section, { toasts }) {
  const part = partOf(section);
  const times = [...section.querySelectorAll("[data-time]")];
  const labels = times.map((element) => element.getAttribute("data-time") ?? "");
  const history = createHistory(labels);
  const timeline = createTimeline(part("timeline"), labels);
  let shownAt = -Infinity;
  let started = new Date();

  /** @param {number} now */
  function show(now) {
    if (now - shownAt < SHOW_MS) return;
    shownAt = now;
    const { seconds, labels: perLabel, unsure, changes } = history.summary();
    section.hidden = history.samples().length === 0;
    times.forEach((element, index) => setText(element, clock(perLabel[labels[index]])));
    setText(part("seconds"), clock(seconds));
    setText(part("changes"), String(changes));
    setText(part("unsure"), percent(unsure));
    const [most] = [...labels].sort((a, b) => perLabel[b] - perLabel[a]);
    const text = gettext("Probabilities of the last three minutes; most of the time %(label)s.", {
      label: adjective(most),
    });
    part("timeline").setAttribute("aria-label", text);
  }

  /**
   * @param {string} kind File extension.
   * @param {string} text
   * @param {string} type Media type.
   */
  function save(kind, text, type) {
    saveFile(fileName(kind, new Date()), new Blob([text], { type }));
  }

  part("csv").addEventListener("click", () => save("csv", toCsv(history.samples(), labels), "text/csv"));
  part("json").addEventListener("click", () => {
    const about = { started: started.toISOString(), model: section.dataset.model ?? "" };
    save("json", toJson(history.samples(), history.summary(), about), "application/json");
  });
  part("clear").addEventListener("click", () => {
    const restore = history.clear();
    shownAt = -Infinity;
    show(performance.now());
    toasts.show({
      text: gettext("The session starts over."),
      undo: () => (restore(), (shownAt = -Infinity), show(performance.now())),
    });
  });

  return {
    /**
     * @param {number} now Milliseconds.
     * @param {import("../camera/channel.js").Face | undefined} face The primary face.
     */
    add(now, face) {
      if (history.samples().length === 0) started = new Date();
      history.add(now, face);
      show(now);
      timeline.update(history.samples(), now);
    },
  };
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
