/** The names of the playlists, a field for a new one, and files to import. */

import { byId } from "../../shared/dom.js";
import { ngettext } from "../../shared/i18n.js";
import { button, make, showPager } from "../parts.js";

/**
 * @typedef {import("../api.js").Playlist} Playlist
 *
 * @typedef {object} ListsActs
 * @property {(id: number) => void} open
 * @property {(name: string) => void} make Makes an empty playlist.
 * @property {(file: File) => void} importFile
 * @property {(page: number) => void} turnTo
 *
 * @typedef {object} ListsState
 * @property {Playlist[]} lists
 * @property {number} total
 * @property {number} page
 * @property {number} size Playlists of a page.
 * @property {number | null} openId
 */

/** @param {ListsActs} acts */
export function createListsView(acts) {
  const lists = byId("lists");
  const pager = make("div", { class: "pager" });
  lists.after(pager);
  if (document.getElementById("new-list")) listenToForms(acts);

  return {
    /** @param {ListsState} state */
    update({ lists: all, total, page, size, openId }) {
      /** @type {HTMLElement | null | undefined} */
      const focused = document.activeElement?.closest("#lists [data-id]");
      lists.replaceChildren(...all.map((list) => item(list, list.id === openId, acts.open)));
      /** @type {HTMLElement | null | undefined} */
      const again = focused && lists.querySelector(`[data-id="${focused.dataset.id}"]`);
      again?.focus();
      byId("no-list").hidden = openId !== null;
      showPager(pager, { page, size, total, onTurn: acts.turnTo });
    },
  };
}

/**
 * Listens to what a server without edits does not show.
 *
 * @param {ListsActs} acts
 */
function listenToForms(acts) {
  const name = byId("new-name", HTMLInputElement);
  const upload = byId("import", HTMLInputElement);
  byId("new-list").addEventListener("submit", (event) => {
    event.preventDefault();
    acts.make(name.value.trim());
    name.value = "";
  });
  upload.addEventListener("change", () => {
    const file = upload.files?.[0];
    if (file) acts.importFile(file);
    upload.value = "";
  });
}

/**
 * @param {Playlist} list
 * @param {boolean} isOpen
 * @param {(id: number) => void} open
 */
function item(list, isOpen, open) {
  const count = ngettext("%(num)s track", "%(num)s tracks", list.num_tracks);
  const element = button("", () => open(list.id), {
    "data-id": String(list.id),
    "aria-pressed": String(isOpen),
  });
  element.append(make("span", {}, list.name), make("small", {}, count));
  return make("li", {}, element);
}
