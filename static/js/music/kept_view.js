/** What the server keeps of this visitor, how it is deleted, and the journal, which is off until it is switched on. */

import { byId, setText } from "../shared/dom.js";
import { formatNumber, gettext, ngettext } from "../shared/i18n.js";
import { saveFile } from "../shared/storage.js";
import { adjective } from "../shared/words.js";
import { createAttempt } from "./api.js";
import { make } from "./parts.js";

const SHOWN_LINES = 60;

/**
 * @typedef {import("./journal.js").JournalNote} JournalNote
 *
 * @param {object} parts
 * @param {import("./api.js").Api} parts.api
 * @param {import("./api.js").Toasts} parts.toasts
 * @param {import("./memory.js").Memory} parts.memory
 * @param {() => void} parts.onJournalGone Called when the journal is switched off or deleted.
 */
export function createKeptView({ api, toasts, memory, onJournalGone }) {
  const attempt = createAttempt(toasts);
  const journalOn = byId("journal-on", HTMLInputElement);
  journalOn.checked = memory.get("journal");

  async function forgetFeedback() {
    await api.remove("/music/feedback");
    toasts.show({ text: gettext("Your likes and skips are forgotten.") });
  }

  async function deleteJournal() {
    onJournalGone();
    await api.remove("/music/journal");
    memory.set("sessions", []);
    await show();
    toasts.show({ text: gettext("Your journal is deleted.") });
  }

  /** Saves what the server has of the journal, and the sessions, which this browser alone has. */
  async function exportJournal() {
    /** @type {{lines: JournalNote[]}} */
    const journal = await api.get("/music/journal");
    const content = JSON.stringify({ ...journal, sessions: memory.get("sessions") }, null, 2);
    saveFile("journal.json", new Blob([content], { type: "application/json" }));
  }

  async function show() {
    /** @type {{lines: JournalNote[]}} */
    const { lines } = await api.get("/music/journal");
    byId("journal-lines").replaceChildren(...lines.slice(-SHOWN_LINES).reverse().map(row));
    const { length: numSessions } = memory.get("sessions");
    byId("journal-table").hidden = lines.length === 0;
    byId("journal-acts").hidden = lines.length + numSessions === 0;
    byId("journal-empty").hidden = lines.length > 0;
    byId("journal-sessions").hidden = numSessions === 0;
    setText(
      byId("journal-sessions"),
      ngettext(
        "Mood before and after %(num)s session, kept in this browser alone.",
        "Mood before and after %(num)s sessions, kept in this browser alone.",
        numSessions,
      ),
    );
  }

  byId("forget").addEventListener("click", () => void attempt(forgetFeedback));
  byId("journal-export").addEventListener("click", () => void attempt(exportJournal));
  byId("journal-delete").addEventListener("click", () => void attempt(deleteJournal));
  byId("tab-privacy").addEventListener("click", () => void attempt(show));
  journalOn.addEventListener("change", () => {
    memory.set("journal", journalOn.checked);
    if (!journalOn.checked) onJournalGone();
  });

  return { wanted: () => memory.get("journal") === true };
}

/** @param {JournalNote} line */
function row({ day, label, seconds }) {
  const minutes = formatNumber(Math.max(seconds / 60, 0.1), 1); // a line never stands for no time at all
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, day),
    make("td", {}, adjective(label)),
    make("td", {}, minutes),
  );
}
