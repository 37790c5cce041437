/** The playlist that is open: its name, its place on the plane, its tracks; every change can be undone. */

import { gettext } from "../../shared/i18n.js";
import { button, make } from "../parts.js";
import { EntriesView } from "./entries_view.js";
import { PlaylistPlace } from "./playlist_place.js";
import { createTrackAdder } from "./track_adder.js";

/**
 * @typedef {import("../api.js").Playlist} Playlist
 *
 * @typedef {object} EditorParts
 * @property {import("../api.js").Api} api
 * @property {import("../api.js").Attempt} attempt
 * @property {import("../api.js").Toasts} toasts
 * @property {boolean} edits Whether playlists may be changed on this server.
 * @property {(selection: import("../api.js").Selection) => void} onPlay
 * @property {() => Promise<void>} reload
 * @property {(playlist: Playlist) => void} remove
 * @property {(playlist: Playlist) => void} copy
 * @property {() => Playlist[]} lists All playlists of the page.
 */

export class PlaylistEditor {
  #root;
  #parts;
  #head = make("div", { class: "list-head" });
  #entries;
  #adder;
  #place;
  /** @type {Playlist | null} */
  #playlist = null;

  /**
   * @param {HTMLElement} root
   * @param {EditorParts} parts
   */
  constructor(root, parts) {
    this.#root = root;
    this.#parts = parts;
    const { api, attempt } = parts;
    this.#place = new PlaylistPlace(parts);
    this.#entries = new EntriesView({ ...parts, onChanged: () => void parts.reload() });
    this.#adder = createTrackAdder({
      api,
      attempt,
      add: (ids, remark) => this.#add(ids, remark),
      playlist: () => this.#playlist,
      say: (text) => parts.toasts.show({ text }),
    });
    const main = make("div", { class: "list-main" }, this.#adder.element, this.#entries.element);
    root.replaceChildren(this.#head, make("div", { class: "list-body" }, main, this.#place.element));
  }

  /** @param {Playlist | null} playlist Null while no playlist is open. */
  async show(playlist) {
    const isOther = playlist?.id !== this.#playlist?.id;
    this.#playlist = playlist;
    this.#root.hidden = !playlist;
    const mayMove = playlist?.may_change ?? false;
    if (mayMove) this.#place.show(playlist);
    if (!playlist) return;
    const changeable = mayMove && playlist.kind === "own";
    if (isOther) this.#adder.clear();
    if (isOther || !this.#head.contains(document.activeElement)) this.#showHead(playlist);
    this.#adder.element.hidden = !changeable;
    this.#place.element.hidden = !mayMove;
    await this.#entries.show(playlist, changeable);
  }

  focus() {
    this.#root.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement | null} */
    const title = this.#head.querySelector("input, h3");
    title?.focus({ preventScroll: true });
  }

  /** @param {Playlist} playlist */
  #showHead(playlist) {
    const { edits, copy, remove } = this.#parts;
    const isOwn = playlist.may_change && playlist.kind === "own";
    const title = isOwn ? this.#nameField(playlist) : make("h3", { tabindex: "-1" }, playlist.name);
    const actions = make(
      "div",
      { class: "actions" },
      button(gettext("Play this"), () => void this.#play(playlist)),
    );
    if (edits && !isOwn) actions.append(button(gettext("Duplicate to edit"), () => copy(playlist)));
    actions.append(exportLink(playlist, "xspf"), exportLink(playlist, "json"));
    if (playlist.may_change)
      actions.append(button(gettext("Delete"), () => remove(playlist), { class: "danger" }));
    this.#head.replaceChildren(title, actions);
  }

  /** @param {Playlist} playlist */
  #nameField(playlist) {
    const field = make("input", {
      type: "text",
      class: "list-name",
      maxlength: "200",
      value: playlist.name,
      "aria-label": gettext("Name of the playlist"),
    });
    field.addEventListener("change", () => {
      const name = field.value.trim();
      const current = this.#playlist ?? playlist; // renamed since, perhaps
      if (name && name !== current.name) void this.#rename(current, name);
      else field.value = current.name;
    });
    return field;
  }

  /**
   * @param {Playlist} playlist
   * @param {string} name
   */
  async #rename(playlist, name) {
    const { api, attempt, toasts, reload } = this.#parts;
    await attempt(async () => {
      await api.patch(`/playlists/${playlist.id}`, { name });
      await reload();
      toasts.show({
        text: gettext("Renamed to “%(name)s”.", { name }),
        undo: () => void this.#undoRename({ ...playlist, name }, playlist.name),
      });
    });
  }

  /**
   * @param {Playlist} playlist
   * @param {string} name
   */
  async #undoRename(playlist, name) {
    await this.#rename(playlist, name);
    if (this.#playlist) this.#showHead(this.#playlist); // even where the focus is in the field
  }

  /** @param {Playlist} playlist */
  async #play({ id, point }) {
    const { api, attempt, onPlay } = this.#parts;
    await attempt(async () => {
      const mood = point ?? { valence: 0, arousal: 0 };
      onPlay(await api.post("/music/next", { mood, playlist_id: id }));
    });
  }

  /**
   * @param {number[]} ids Ids of tracks.
   * @param {string} [remark]
   */
  async #add(ids, remark = "") {
    const playlist = this.#playlist;
    if (!playlist) return;
    const { api, attempt, toasts, reload } = this.#parts;
    await attempt(async () => {
      await api.post(`/playlists/${playlist.id}/entries`, { track_ids: ids });
      await reload();
      const text = gettext("Added to “%(name)s”.", { name: playlist.name });
      toasts.show({
        text: [text, remark].filter(Boolean).join(" "),
        undo: () => void this.#undoAdd(playlist, ids),
      });
    });
  }

  /**
   * @param {Playlist} playlist
   * @param {number[]} ids Ids of the tracks that were added at its end.
   */
  async #undoAdd(playlist, ids) {
    const { api, attempt, reload } = this.#parts;
    await attempt(async () => {
      const last = await lastEntries(api, playlist.id, ids.length);
      for (const { id, track } of last) {
        if (ids.includes(track.id)) await api.remove(`/playlists/${playlist.id}/entries/${id}`);
      }
      await reload();
    });
  }
}

/**
 * @param {Playlist} playlist
 * @param {string} format
 */
function exportLink({ id }, format) {
  const href = `/api/v1/playlists/${id}/export?format=${format}`;
  return make("a", { class: "button", href, download: true }, format.toUpperCase());
}

/**
 * @param {import("../api.js").Api} api
 * @param {number} id Id of a playlist.
 * @param {number} count
 * @returns {Promise<import("../api.js").Entry[]>} Its last entries, which two pages may hold.
 */
async function lastEntries(api, id, count) {
  /** @type {Playlist} */
  const { num_tracks: total } = await api.get(`/playlists/${id}`);
  /** @param {number} page */
  const entriesOf = async (page) => {
    /** @type {import("../api.js").EntriesPage} */
    const { entries } = await api.get(`/playlists/${id}/entries?page_size=${count}&page=${page}`);
    return entries;
  };
  const last = await entriesOf(Math.ceil(total / count));
  const before = total % count ? await entriesOf(Math.floor(total / count)) : [];
  return [...before, ...last].slice(-count);
}
