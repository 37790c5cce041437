/** The playlists of the page: their list, the open one, and every change of the list with its undo. */

import { byId } from "../../shared/dom.js";
import { gettext, ngettext } from "../../shared/i18n.js";
import { createAttempt } from "../api.js";
import { createListsView } from "./lists_view.js";

const PAGE = 200;
const ORDER = ["own", "folder", "mood", "built_in"];

/**
 * @typedef {import("../api.js").Playlist} Playlist
 *
 * @typedef {object} PanelParts
 * @property {import("../api.js").Api} api
 * @property {import("../api.js").Toasts} toasts
 * @property {boolean} edits Whether playlists may be changed on this server.
 * @property {() => void} onLists Called when the playlists have changed.
 * @property {() => void} onRemoved Called when a playlist was deleted, from which the next track may have been chosen.
 * @property {(selection: import("../api.js").Selection) => void} onPlay
 */

export class PlaylistsPanel {
  #parts;
  #attempt;
  #view;
  /** @type {import("./playlist_editor.js").PlaylistEditor | null} */
  #editor = null; // loaded with the first playlist that is opened: it is a tenth of the page
  /** @type {Playlist[]} */
  #lists = [];
  /** @type {Set<number>} */
  #choosable = new Set(); // ids
  #total = 0;
  #page = 1;
  /** @type {number | null} */
  #openId = null;

  /** @param {PanelParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#attempt = createAttempt(parts.toasts);
    this.#view = createListsView({
      open: (id) => this.#open(id),
      make: (name) => void this.#make({ name }),
      importFile: (file) => void this.#importFile(file),
      turnTo: (page) => this.#turnTo(page),
    });
  }

  async #loadEditor() {
    const { PlaylistEditor } = await import("./playlist_editor.js").catch(() =>
      Promise.reject(Object.assign(new Error("playlist_editor.js"), { code: "offline" })),
    );
    this.#editor ??= new PlaylistEditor(byId("open-list"), {
      ...this.#parts,
      attempt: this.#attempt,
      reload: () => this.reload(),
      remove: (list) => void this.#remove(list),
      copy: (list) => void this.#copy(list),
      lists: () => this.#lists,
    });
    return this.#editor;
  }

  lists() {
    return this.#lists;
  }

  /** @returns {Playlist[]} Playlists from which music is chosen now: built-in ones only where there is nothing else. */
  choosable() {
    return this.#lists.filter(({ id }) => this.#choosable.has(id));
  }

  async reload() {
    await this.#attempt(async () => {
      /** @type {import("../api.js").PlaylistsPage} */
      const { playlists, total, choosable } = await this.#parts.api.get(
        `/playlists?page=${this.#page}&page_size=${PAGE}`,
      );
      // The server sorts the built-in playlists by their English names.
      this.#lists = total <= PAGE ? playlists.sort(byKindAndName) : playlists;
      this.#total = total;
      this.#choosable = new Set(choosable);
      if (!this.#lists.some(({ id }) => id === this.#openId)) this.#openId = null;
      if (this.#openId !== null) await this.#loadEditor();
      this.#show();
    });
  }

  #show() {
    this.#view.update({
      lists: this.#lists,
      total: this.#total,
      page: this.#page,
      size: PAGE,
      openId: this.#openId,
    });
    if (this.#editor) void this.#editor.show(this.#openList());
    this.#parts.onLists();
  }

  #openList() {
    return this.#lists.find(({ id }) => id === this.#openId) ?? null;
  }

  /** @param {number} id */
  #open(id) {
    this.#openId = id;
    void this.#attempt(async () => {
      const editor = await this.#loadEditor();
      this.#show();
      editor.focus();
    });
  }

  /** @param {number} page */
  #turnTo(page) {
    this.#page = page;
    void this.reload();
  }

  /** @param {{name: string, copy_of?: number}} request Body of `POST /api/v1/playlists`. */
  async #make(request) {
    await this.#attempt(async () => {
      /** @type {Playlist} */
      const made = await this.#parts.api.post("/playlists", request);
      this.#openId = made.id;
      await this.reload();
      this.#editor?.focus();
    });
  }

  /** @param {Playlist} list */
  #copy({ id, name }) {
    return this.#make({ name: gettext("%(name)s, my copy", { name }), copy_of: id });
  }

  /** @param {Playlist} list */
  async #remove(list) {
    const { api, toasts } = this.#parts;
    await this.#attempt(async () => {
      await api.remove(`/playlists/${list.id}`);
      this.#parts.onRemoved();
      await this.reload();
      toasts.show({
        text: gettext("“%(name)s” was deleted. Its tracks stay.", { name: list.name }),
        undo: () => void this.#restore(list),
      });
    });
  }

  /** @param {Playlist} list */
  async #restore({ id }) {
    await this.#attempt(async () => {
      await this.#parts.api.post(`/playlists/${id}/restore`);
      this.#openId = id;
      await this.reload();
    });
  }

  /** @param {File} file */
  async #importFile(file) {
    const { api, toasts } = this.#parts;
    await this.#attempt(async () => {
      const form = new FormData();
      form.append("file", file);
      /** @type {{playlist: Playlist, num_left_out: number}} */
      const { playlist, num_left_out: lost } = await api.post("/playlists/import", form);
      this.#openId = playlist.id;
      await this.reload();
      toasts.show({
        text: importText(playlist.num_tracks, lost),
        undo: () => void this.#remove(playlist),
      });
    });
  }
}

/**
 * @param {Playlist} a
 * @param {Playlist} b
 */
function byKindAndName(a, b) {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.name.localeCompare(b.name);
}

/**
 * @param {number} imported Number of tracks.
 * @param {number} lost Number of tracks that this catalogue does not have.
 */
function importText(imported, lost) {
  const text = ngettext("Imported %(num)s track.", "Imported %(num)s tracks.", imported);
  if (!lost) return text;
  const rest = ngettext(
    "%(num)s is not in this catalogue and was left out.",
    "%(num)s are not in this catalogue and were left out.",
    lost,
  );
  return `${text} ${rest}`;
}
