/** The panel of the session: its timeline, the time of each expression, and the files that visitors may save. */

import { partOf, setText } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { fileName, saveFile } from "../shared/storage.js";
import { adjective, clock, portion } from "../shared/words.js";
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
  const timeline = createTimeline(
    { ribbons: part("ribbons", HTMLCanvasElement), lines: part("lines"), start: part("start") },
    labels,
  );
  let shownAt = -Infinity;
  let started = new Date();

  function empty() {
    const restore = history.clear();
    shownAt = -Infinity;
    show(performance.now());
    return restore;
  }

  /** @param {number} now */
  function show(now) {
    if (now - shownAt < SHOW_MS) return;
    shownAt = now;
    const { seconds, labels: perLabel, unsure, changes } = history.summary();
    section.hidden = history.samples().length === 0;
    times.forEach((element, index) => showTime(element, clock(perLabel[labels[index]])));
    setText(part("seconds"), clock(seconds));
    setText(part("changes"), String(changes));
    setText(part("unsure"), portion(unsure));
    const [most] = [...labels].sort((a, b) => perLabel[b] - perLabel[a]);
    const text = gettext("Expressions of the last three minutes; most of the time %(label)s.", {
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
    const { model = "" } = section.dataset;
    const about = { started: started.toISOString(), model, faces: history.perFace() };
    save("json", toJson(history.samples(), history.summary(), about), "application/json");
  });
  setUpViews([part("as-ribbons"), part("as-lines")], (index) => timeline.showLines(index === 1));
  part("clear").addEventListener("click", () => {
    const restore = empty();
    toasts.show({
      text: gettext("The session starts over."),
      undo: () => (restore(), (shownAt = -Infinity), show(performance.now())),
    });
  });

  return {
    /**
     * @param {number} now Milliseconds.
     * @param {import("../camera/live_feed.js").SlottedFace[]} faces The followed face comes first.
     */
    add(now, faces) {
      if (history.samples().length === 0) started = new Date();
      history.add(now, faces);
      show(now);
      timeline.update(history.samples(), now);
    },
    samples: () => history.samples(),
    /** Forgets everything, for another person. */
    reset: () => void empty(),
  };
}

/**
 * Shows the time of an expression; one that was not seen takes no room.
 *
 * @param {Element} element
 * @param {string} time
 */
function showTime(element, time) {
  setText(element, time);
  element.closest("li")?.toggleAttribute("hidden", time === clock(0));
}

/**
 * @param {HTMLElement[]} buttons
 * @param {(index: number) => void} show
 */
function setUpViews(buttons, show) {
  buttons.forEach((button, index) =>
    button.addEventListener("click", () => {
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
      show(index);
    }),
  );
}
