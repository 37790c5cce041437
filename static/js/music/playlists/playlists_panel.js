/** The playlists of the page: what there is, and every change with its way back. */

import { gettext, ngettext } from "../../shared/i18n.js";
import { refusalOf } from "../phrases.js";
import { createOpenList } from "./playlist_editor.js";
import { createListsView } from "./lists_view.js";

const ALL = 200;

/**
 * @param {Document} document
 * @param {object} parts
 * @param {ReturnType<import("../api.js").createApi>} parts.api
 * @param {{show: (toast: object) => void}} parts.toasts
 * @param {boolean} parts.edits Whether playlists may be changed on this server.
 * @param {() => void} parts.onLists
 * @param {(selection: object) => void} parts.onPlay
 */
export function createShelf(document, { api, toasts, edits, onLists, onPlay }) {
  let lists = [];
  let total = 0;
  let page = 1;
  let openId = null;

  const attempt = createAttempt(toasts);
  const view = createListsView(document, { open, make, importFile, turnTo });
  const opened = createOpenList(document.getElementById("open-list"), {
    api,
    attempt,
    toasts,
    edits,
    onPlay,
    reload,
    remove,
    copy,
    lists: () => lists,
  });

  async function reload() {
    await attempt(async () => {
      const answer = await api.get(`/playlists?page=${page}&page_size=${ALL}`);
      ({ playlists: lists, total } = answer);
      if (total <= ALL) lists.sort(byName); // the server knows the built-in ones by their English names
      if (openId !== null && !lists.some(({ id }) => id === openId)) openId = null;
      show();
    });
  }

  function show() {
    view.update({ lists, total, page, size: ALL, openId });
    void opened.show(lists.find(({ id }) => id === openId) ?? null);
    onLists();
  }

  function open(id) {
    openId = id;
    show();
    opened.focus();
  }

  function turnTo(number) {
    page = number;
    void reload();
  }

  /** @param {object} wish Of `POST /api/v1/playlists`. */
  async function make(wish) {
    await attempt(async () => {
      const made = await api.post("/playlists", wish);
      openId = made.id;
      await reload();
      opened.focus();
    });
  }

  function copy(list) {
    return make({ name: gettext("%(name)s, my copy", { name: list.name }), copy_of: list.id });
  }

  async function remove(list) {
    await attempt(async () => {
      await api.remove(`/playlists/${list.id}`);
      await reload();
      toasts.show({
        text: gettext("“%(name)s” was deleted. Its tracks stay.", { name: list.name }),
        undo: () => void restore(list),
      });
    });
  }

  async function restore(list) {
    await attempt(async () => {
      await api.post(`/playlists/${list.id}/restore`);
      openId = list.id;
      await reload();
    });
  }

  async function importFile(file) {
    await attempt(async () => {
      const form = new FormData();
      form.append("file", file);
      const { playlist, num_left_out: lost } = await api.post("/playlists/import", form);
      openId = playlist.id;
      await reload();
      const text = ngettext("Imported %(num)s track.", "Imported %(num)s tracks.", playlist.num_tracks);
      const rest = lost
        ? ngettext(
            "%(num)s is not in this catalogue and was left out.",
            "%(num)s are not in this catalogue and were left out.",
            lost,
          )
        : "";
      toasts.show({ text: `${text} ${rest}`.trim(), undo: () => void remove(playlist) });
    });
  }

  return { reload, lists: () => lists };
}

const ORDER = ["own", "folder", "built_in"];

function byName(a, b) {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.name.localeCompare(b.name);
}

/**
 * Runs something that asks the server; a refusal becomes a message.
 *
 * @param {{show: (toast: object) => void}} toasts
 * @returns {(act: () => Promise<void>) => Promise<boolean>} Whether it went well.
 */
export function createAttempt(toasts) {
  return async (act) => {
    try {
      await act();
      return true;
    } catch (error) {
      if (error.code === undefined) console.error(error); // a fault of this page
      toasts.show({
        text: refusalOf(error.code === undefined ? { code: "unexpected", message: "" } : error),
      });
      return false;
    }
  };
}
