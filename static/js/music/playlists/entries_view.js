/** The tracks of a playlist: played, moved by pointer or keyboard, removed and put back. */

import { gettext } from "../../shared/i18n.js";
import { button, describeTrack, kindChip, make, showPager } from "../parts.js";

const PAGE = 50;

/**
 * @param {number} from Position of the track that is moved.
 * @param {number} over Position of the track on which it is dropped.
 * @param {boolean} below Whether it is dropped on the lower half.
 * @returns {number} Its new position.
 */
export function dropPosition(from, over, below) {
  const gap = over + (below ? 1 : 0);
  return gap > from ? gap - 1 : gap;
}

/** @param {object} parts `api`, `attempt`, `toasts`, `onPlay`, `changed`. */
export function createEntries({ api, attempt, toasts, onPlay, changed }) {
  const rows = make("ol", { class: "tracks", "aria-label": gettext("Tracks of the playlist") });
  const empty = make(
    "p",
    { class: "empty" },
    gettext("Nothing in it yet. Look for a track above, or paste an address."),
  );
  const pager = make("div", { class: "pager" });
  const element = make("div", {}, rows, empty, pager);
  let list = null;
  let own = false; // whether its tracks may be changed
  let page = 1;
  let held = null; // the entry that is dragged

  /** @param {object} next The playlist. @param {boolean} changeable */
  async function show(next, changeable) {
    if (next.id !== list?.id) page = 1;
    [list, own] = [next, changeable];
    await load();
  }

  async function load() {
    const mine = list;
    await attempt(async () => {
      const { entries, total } = await api.get(
        `/playlists/${mine.id}/entries?page=${page}&page_size=${PAGE}`,
      );
      if (mine !== list) return;
      const focus = focused();
      rows.replaceChildren(...entries.map((entry) => row(entry, total)));
      empty.hidden = total > 0;
      refocus(focus);
      showPager(pager, { page, size: PAGE, total, onTurn: (to) => ((page = to), void load()) });
    });
  }

  const focused = () => {
    const at = document.activeElement;
    return rows.contains(at) ? { id: at.closest("li").dataset.id, act: at.dataset.act } : null;
  };
  const refocus = (focus) =>
    focus && rows.querySelector(`[data-id="${focus.id}"] [data-act="${focus.act}"]`)?.focus();

  function row(entry, total) {
    const { track } = entry;
    const name = (text) => gettext("%(act)s: %(title)s", { act: text, title: track.title });
    const act = (sign, text, run, key, off = false) => {
      const it = button(sign, run, { class: "icon", "aria-label": name(text), "data-act": key });
      it.disabled = off;
      return it;
    };
    const item = make("li", {
      class: "track",
      "data-id": String(entry.id),
      draggable: own ? "true" : undefined,
    });
    item.append(
      act("▶", gettext("Play"), () => void play(entry), "play", track.state !== "ok"),
      describeTrack(track),
      kindChip(track),
      ...(own
        ? [
            act("↑", gettext("Up"), () => void move(entry, entry.position - 1), "up", entry.position === 0),
            act(
              "↓",
              gettext("Down"),
              () => void move(entry, entry.position + 1),
              "down",
              entry.position >= total - 1,
            ),
            act("×", gettext("Remove"), () => void remove(entry), "remove"),
          ]
        : []),
    );
    if (own) listen(item, entry, total);
    return item;
  }

  function listen(item, entry, total) {
    item.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const to = entry.position + (by ?? 0);
      if (!event.altKey || !by || to < 0 || to >= total) return;
      event.preventDefault();
      void move(entry, to);
    });
    item.addEventListener("dragstart", (event) => {
      held = entry;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", entry.track.title);
    });
    item.addEventListener("dragend", () => (held = null));
    const below = (event) => event.offsetY > item.offsetHeight / 2;
    item.addEventListener("dragover", (event) => {
      if (!held) return;
      event.preventDefault();
      item.dataset.drop = below(event) ? "below" : "above";
    });
    for (const name of ["dragleave", "drop"]) item.addEventListener(name, () => delete item.dataset.drop);
    item.addEventListener("drop", (event) => {
      event.preventDefault();
      if (held && held.id !== entry.id)
        void move(held, dropPosition(held.position, entry.position, below(event)));
    });
  }

  async function move(entry, position, undoable = true) {
    const from = entry.position;
    await attempt(async () => {
      await api.patch(`/playlists/${list.id}/entries/${entry.id}`, { position });
      await load();
      const undo = () => void move({ ...entry, position }, from, false);
      if (undoable) toasts.show({ text: gettext("Moved “%(title)s”.", { title: entry.track.title }), undo });
    });
  }

  async function remove(entry) {
    const from = list;
    await attempt(async () => {
      await api.remove(`/playlists/${from.id}/entries/${entry.id}`);
      changed();
      const undo = () => void putBack(from, entry);
      toasts.show({ text: gettext("Removed “%(title)s”.", { title: entry.track.title }), undo });
    });
  }

  async function putBack(from, entry) {
    await attempt(async () => {
      await api.post(`/playlists/${from.id}/entries`, {
        track_ids: [entry.track.id],
        position: entry.position,
      });
      changed();
    });
  }

  /** The track of the visitor's choice, in the form in which the server chooses one. */
  async function play({ track }) {
    const target = track.point ?? list.point ?? { valence: 0, arousal: 0 };
    const reason = null;
    onPlay({ playlist: list, track, target, reason });
  }

  return { element, show };
}
