/** One track of a playlist, with its buttons and keys, which can be dragged to another position. */

import { gettext } from "../../shared/i18n.js";
import { button, describeTrack, kindChip, make } from "../parts.js";

/**
 * @typedef {import("../api.js").Entry} Entry
 *
 * @typedef {object} EntryActs
 * @property {(entry: Entry) => void} play
 * @property {(entry: Entry, position: number) => void} move
 * @property {(entry: Entry) => void} remove
 * @property {(entry: Entry | null) => void} drag Called when a drag begins, and with null when it ends.
 * @property {() => Entry | null} dragged Entry that is dragged now.
 *
 * @typedef {object} RowOptions
 * @property {number} total Number of entries in the playlist.
 * @property {boolean} changeable Whether the playlist's tracks may be changed.
 * @property {EntryActs} acts
 */

/**
 * @param {number} from Position of the track that is moved.
 * @param {number} over Position of the track on which it is dropped.
 * @param {boolean} below Whether it is dropped on the lower half.
 * @returns {number} New position of the moved track.
 */
export function dropPosition(from, over, below) {
  const gap = over + (below ? 1 : 0);
  return gap > from ? gap - 1 : gap;
}

/**
 * @param {Entry} entry
 * @param {RowOptions} options
 */
export function makeEntryRow(entry, { total, changeable, acts }) {
  const { track } = entry;
  const item = make("li", {
    class: "track",
    "data-id": String(entry.id),
    draggable: changeable ? "true" : undefined,
  });
  const play = makeButton(entry, "play", "▶", gettext("Play"), () => acts.play(entry));
  play.disabled = track.state !== "ok";
  item.append(play, describeTrack(track));
  if (track.kind !== "embed") item.append(kindChip(track)); // below the title of an embed stands its service
  if (changeable) {
    item.append(make("span", { class: "track-acts" }, ...changeButtons(entry, total, acts)));
    listenToKeys(item, entry, total, acts);
    listenToDrag(item, entry, acts);
  }
  return item;
}

/**
 * @param {Entry} entry
 * @param {number} total
 * @param {EntryActs} acts
 */
function changeButtons(entry, total, acts) {
  const { position } = entry;
  const up = makeButton(entry, "up", "↑", gettext("Up"), () => acts.move(entry, position - 1));
  const down = makeButton(entry, "down", "↓", gettext("Down"), () => acts.move(entry, position + 1));
  up.disabled = position === 0;
  down.disabled = position >= total - 1;
  return [up, down, makeButton(entry, "remove", "×", gettext("Remove"), () => acts.remove(entry))];
}

/**
 * @param {Entry} entry
 * @param {string} key
 * @param {string} sign
 * @param {string} act Name of the action that is read out.
 * @param {() => void} run
 */
function makeButton({ track }, key, sign, act, run) {
  const label = gettext("%(act)s: %(title)s", { act, title: track.title });
  return button(sign, run, { class: "icon", "aria-label": label, "data-act": key });
}

/**
 * @param {HTMLLIElement} item
 * @param {Entry} entry
 * @param {number} total
 * @param {EntryActs} acts
 */
function listenToKeys(item, entry, total, acts) {
  item.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    const to = entry.position + by;
    if (!event.altKey || !by || to < 0 || to >= total) return;
    event.preventDefault();
    acts.move(entry, to);
  });
}

/**
 * @param {HTMLLIElement} item
 * @param {Entry} entry
 * @param {EntryActs} acts
 */
function listenToDrag(item, entry, acts) {
  const isBelow = (/** @type {DragEvent} */ event) => event.offsetY > item.offsetHeight / 2;
  const unmark = () => delete item.dataset.drop;
  item.addEventListener("dragstart", (event) => {
    acts.drag(entry);
    if (!event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", entry.track.title);
  });
  item.addEventListener("dragend", () => acts.drag(null));
  item.addEventListener("dragover", (event) => {
    if (!acts.dragged()) return;
    event.preventDefault();
    item.dataset.drop = isBelow(event) ? "below" : "above";
  });
  item.addEventListener("dragleave", unmark);
  item.addEventListener("drop", (event) => {
    unmark();
    event.preventDefault();
    const dragged = acts.dragged();
    if (dragged && dragged.id !== entry.id)
      acts.move(dragged, dropPosition(dragged.position, entry.position, isBelow(event)));
  });
}
