/** What the server keeps of this visitor, and how it is forgotten; the journal, which is off until it is switched on. */

import { formatNumber, gettext } from "../shared/i18n.js";
import { adjective } from "../shared/words.js";
import { make } from "./parts.js";
import { createAttempt } from "./playlists/playlists_panel.js";

/**
 * @param {Document} document
 * @param {object} parts
 * @param {object} parts.api
 * @param {{show: (toast: object) => void}} parts.toasts
 * @param {() => void} parts.onJournalGone It was switched off or deleted.
 * @param {{get: (name: string) => any, set: (name: string, value: any) => void}} parts.memory
 */
export function createKeptView(document, { api, toasts, memory, onJournalGone }) {
  const at = (id) => document.getElementById(id);
  const attempt = createAttempt(toasts);
  const query = `listener=${memory.get("listener")}`;
  at("journal-on").checked = memory.get("journal");
  at("journal-export").href = `/api/v1/music/journal?${query}`;

  at("forget").addEventListener(
    "click",
    () =>
      void attempt(async () => {
        await api.remove(`/music/feedback?${query}`);
        toasts.show({ text: gettext("Your likes and skips are forgotten.") });
      }),
  );
  at("journal-on").addEventListener("change", () => {
    memory.set("journal", at("journal-on").checked);
    if (!at("journal-on").checked) onJournalGone();
  });
  at("journal-delete").addEventListener(
    "click",
    () =>
      void attempt(async () => {
        onJournalGone();
        await api.remove(`/music/journal?${query}`);
        await show();
        toasts.show({ text: gettext("Your journal is deleted.") });
      }),
  );
  at("tab-privacy").addEventListener("click", () => void attempt(show));

  async function show() {
    const { lines } = await api.get(`/music/journal?${query}`);
    at("journal-lines").replaceChildren(...lines.slice(-60).reverse().map(row));
    at("journal-table").hidden = at("journal-acts").hidden = lines.length === 0;
    at("journal-empty").hidden = lines.length > 0;
  }

  return { wanted: () => memory.get("journal") === true };
}

function row({ day, label, seconds }) {
  const minutes = formatNumber(Math.max(seconds / 60, 0.1), 1); // a line is there because there was something
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, day),
    make("td", {}, adjective(label)),
    make("td", {}, minutes),
  );
}
