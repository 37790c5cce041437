/** What the page tells of the session: the timeline, the times, and the files that one may save. */

import { createHistory, toCsv, toJson } from "./history.js";
import { gettext } from "../shared/i18n.js";
import { fileName, saveFile } from "../shared/save.js";
import { createTimeline } from "./timeline.js";
import { adjective, percent } from "../shared/words.js";

const SHOW_MS = 500;

/**
 * @param {HTMLElement} section
 * @param {{toasts: {show: (toast: object) => void}}} parts
 */
export function createSession(section, { toasts }) {
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  const times = [...section.querySelectorAll("[data-time]")];
  const labels = times.map((element) => element.dataset.time);
  const history = createHistory(labels);
  const timeline = createTimeline(part("timeline"), labels);
  let shownAt = -Infinity;
  let started = null;

  function show(now) {
    if (now - shownAt < SHOW_MS) return;
    shownAt = now;
    const { seconds, labels: perLabel, unsure, changes } = history.summary();
    section.hidden = history.samples().length === 0;
    for (const element of times) setText(element, clock(perLabel[element.dataset.time]));
    setText(part("seconds"), clock(seconds));
    setText(part("changes"), String(changes));
    setText(part("unsure"), percent(unsure));
    const [most] = [...labels].sort((a, b) => perLabel[b] - perLabel[a]);
    const text = gettext("Probabilities of the last three minutes; most of the time %(label)s.", {
      label: adjective(most),
    });
    part("timeline").setAttribute("aria-label", text);
  }

  function save(kind, text, type) {
    saveFile(fileName(kind, new Date()), new Blob([text], { type }));
  }

  part("csv").addEventListener("click", () => save("csv", toCsv(history.samples(), labels), "text/csv"));
  part("json").addEventListener("click", () => {
    const about = { started: started.toISOString(), model: section.dataset.model };
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
    /** @param {number} now Milliseconds. @param {object | undefined} face The one that is read. */
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

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
