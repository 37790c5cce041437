/** The button that writes the moods of the folder's files into the folder, where other players find them. */

import { byId } from "../../shared/dom.js";
import { ngettext } from "../../shared/i18n.js";

/**
 * @param {object} parts
 * @param {import("../api.js").Api} parts.api
 * @param {import("../api.js").Attempt} parts.attempt
 */
export function listenToMoodFile({ api, attempt }) {
  const written = byId("folder-written");

  async function write() {
    written.textContent = "";
    await attempt(async () => {
      /** @type {{file: string, num_tracks: number}} */
      const { file, num_tracks: num } = await api.post("/music/moods");
      written.textContent = ngettext(
        "Written to %(file)s: the mood of %(num)s file.",
        "Written to %(file)s: the moods of %(num)s files.",
        num,
        { file },
      );
    });
  }

  byId("folder-moods").addEventListener("click", () => void write());
}
