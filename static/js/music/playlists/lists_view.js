/** The names of the playlists, a new one, and files to import. */

import { ngettext } from "../../shared/i18n.js";
import { button, make, showPager } from "../parts.js";

/**
 * @param {Document} document
 * @param {{open: (id: number) => void, make: (wish: object) => void, importFile: (file: File) => void, turnTo: (page: number) => void}} acts
 */
export function createListsView(document, acts) {
  const at = (id) => document.getElementById(id);
  const pager = make("div", { class: "pager" });
  at("lists").after(pager);
  at("new-list")?.addEventListener("submit", (event) => {
    event.preventDefault();
    acts.make({ name: at("new-name").value.trim() });
    at("new-name").value = "";
  });
  at("import")?.addEventListener("change", () => {
    const [file] = at("import").files;
    if (file) acts.importFile(file);
    at("import").value = "";
  });

  return {
    /** @param {{lists: object[], total: number, page: number, size: number, openId: number | null}} state */
    update({ lists, total, page, size, openId }) {
      const focused = document.activeElement?.closest("#lists [data-id]")?.dataset.id;
      at("lists").replaceChildren(...lists.map((list) => item(list, list.id === openId, acts.open)));
      if (focused) at("lists").querySelector(`[data-id="${focused}"]`)?.focus();
      at("no-list").hidden = openId !== null;
      showPager(pager, { page, size, total, onTurn: acts.turnTo });
    },
  };
}

function item(list, isOpen, open) {
  const count = ngettext("%(num)s track", "%(num)s tracks", list.num_tracks);
  const element = button("", () => open(list.id), {
    "data-id": String(list.id),
    "aria-pressed": String(isOpen),
  });
  element.append(make("span", {}, list.name), make("small", {}, count));
  return make("li", {}, element);
}
