/** The tracks of a playlist: played, moved by pointer or keyboard, removed and restored. */

import { gettext } from "../../shared/i18n.js";
import { make, showPager } from "../parts.js";
import { makeEntryRow } from "./entry_row.js";

const PAGE = 50;

/**
 * @typedef {import("../api.js").Entry} Entry
 * @typedef {import("../api.js").Playlist} Playlist
 *
 * @typedef {object} EntriesParts
 * @property {import("../api.js").Api} api
 * @property {import("../api.js").Attempt} attempt
 * @property {import("../api.js").Toasts} toasts
 * @property {(selection: import("../api.js").Selection) => void} onPlay
 * @property {() => void} onChanged Called when entries were removed or restored.
 */

export class EntriesView {
  #parts;
  #rows = make("ol", { class: "tracks", "aria-label": gettext("Tracks of the playlist") });
  #empty = make(
    "p",
    { class: "empty" },
    gettext("Nothing in it yet. Look for a track above, or paste an address."),
  );
  #pager = make("div", { class: "pager" });
  element = make("div", {}, this.#rows, this.#empty, this.#pager);
  /** @type {Playlist | null} */
  #playlist = null;
  #changeable = false;
  #page = 1;
  /** @type {Entry | null} */
  #dragged = null;

  /** @param {EntriesParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * @param {Playlist} playlist
   * @param {boolean} changeable Whether its tracks may be changed.
   */
  async show(playlist, changeable) {
    if (playlist.id !== this.#playlist?.id) this.#page = 1;
    this.#playlist = playlist;
    this.#changeable = changeable;
    await this.#load(playlist);
  }

  async #reload() {
    if (this.#playlist) await this.#load(this.#playlist);
  }

  /** @param {Playlist} playlist */
  async #load(playlist) {
    const { api, attempt } = this.#parts;
    await attempt(async () => {
      /** @type {import("../api.js").EntriesPage} */
      const { entries, total } = await api.get(
        `/playlists/${playlist.id}/entries?page=${this.#page}&page_size=${PAGE}`,
      );
      if (playlist !== this.#playlist) return;
      this.#showRows(playlist, entries, total);
      this.#empty.hidden = total > 0;
      showPager(this.#pager, {
        page: this.#page,
        size: PAGE,
        total,
        onTurn: (to) => {
          this.#page = to;
          void this.#reload();
        },
      });
    });
  }

  /**
   * Replaces the rows; the keyboard's focus stays on the same button.
   *
   * @param {Playlist} playlist
   * @param {Entry[]} entries
   * @param {number} total
   */
  #showRows(playlist, entries, total) {
    const focused = this.#rows.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement)
      : null;
    const id = focused?.closest("li")?.dataset.id;
    const act = focused?.dataset.act;
    const acts = this.#actsOn(playlist);
    const changeable = this.#changeable;
    this.#rows.replaceChildren(...entries.map((entry) => makeEntryRow(entry, { total, changeable, acts })));
    /** @type {HTMLElement | null} */
    const again = focused && this.#rows.querySelector(`[data-id="${id}"] [data-act="${act}"]`);
    again?.focus();
  }

  /**
   * @param {Playlist} playlist
   * @returns {import("./entry_row.js").EntryActs}
   */
  #actsOn(playlist) {
    return {
      play: (entry) => this.#play(playlist, entry),
      move: (entry, position) => void this.#move(playlist, entry, position),
      remove: (entry) => void this.#remove(playlist, entry),
      drag: (entry) => (this.#dragged = entry),
      dragged: () => this.#dragged,
    };
  }

  /**
   * Plays the track of the visitor's choice, in the form in which the server chooses one.
   *
   * @param {Playlist} playlist
   * @param {Entry} entry
   */
  #play(playlist, { track }) {
    const target = track.point ?? playlist.point ?? { valence: 0, arousal: 0 };
    this.#parts.onPlay({ playlist, track, target, reason: null });
  }

  /**
   * @param {Playlist} playlist
   * @param {Entry} entry
   * @param {number} position
   */
  async #move(playlist, entry, position) {
    const { toasts } = this.#parts;
    const undo = () => void this.#patch(playlist, entry, entry.position);
    if (await this.#patch(playlist, entry, position))
      toasts.show({ text: gettext("Moved “%(title)s”.", { title: entry.track.title }), undo });
  }

  /**
   * @param {Playlist} playlist
   * @param {Entry} entry
   * @param {number} position
   */
  #patch(playlist, entry, position) {
    const { api, attempt } = this.#parts;
    return attempt(async () => {
      await api.patch(`/playlists/${playlist.id}/entries/${entry.id}`, { position });
      await this.#reload();
    });
  }

  /**
   * @param {Playlist} playlist
   * @param {Entry} entry
   */
  async #remove(playlist, entry) {
    const { api, attempt, toasts, onChanged } = this.#parts;
    await attempt(async () => {
      await api.remove(`/playlists/${playlist.id}/entries/${entry.id}`);
      onChanged();
      const undo = () => void this.#restore(playlist, entry);
      toasts.show({ text: gettext("Removed “%(title)s”.", { title: entry.track.title }), undo });
    });
  }

  /**
   * @param {Playlist} playlist
   * @param {Entry} entry
   */
  async #restore(playlist, { track, position }) {
    const { api, attempt, onChanged } = this.#parts;
    await attempt(async () => {
      await api.post(`/playlists/${playlist.id}/entries`, { track_ids: [track.id], position });
      onChanged();
    });
  }
}
