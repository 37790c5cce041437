/** The playlist that is open: its name, its place on the plane, its tracks; every change can be taken back. */

import { gettext } from "../../shared/i18n.js";
import { createAdding } from "./adding.js";
import { createEntries } from "./entries_view.js";
import { button, make } from "../parts.js";
import { createPlane } from "../mood/plane_view.js";

/**
 * @param {HTMLElement} root
 * @param {object} parts `api`, `attempt`, `toasts`, `onPlay`, `reload`, `remove`, `copy`, `lists`.
 */
export function createOpenList(root, parts) {
  const { api, attempt, toasts } = parts;
  let list = null;
  let dragged = null; // the place that is being chosen, until the server has it
  let from; // where it was before
  let moving = Promise.resolve(true);
  let pending = 0;
  const head = make("div", { class: "list-head" });
  const planeBox = make("div");
  const place = make(
    "div",
    { class: "list-place" },
    planeBox,
    make(
      "p",
      { class: "small" },
      gettext("Where it is on the plane: drag the point, or move it with the arrow keys."),
    ),
  );
  const plane = createPlane(planeBox, [
    { id: "point", name: gettext("Place of this playlist"), onMove: moved },
  ]);
  const entries = createEntries({ ...parts, changed: () => void parts.reload() });
  const adding = createAdding({ api, attempt, add });
  root.replaceChildren(
    head,
    make(
      "div",
      { class: "list-body" },
      make("div", { class: "list-main" }, adding.element, entries.element),
      place,
    ),
  );

  async function show(next) {
    const other = next?.id !== list?.id;
    if (other) [dragged, from] = [null, undefined];
    list = next;
    root.hidden = !list;
    if (!list) return;
    if (other) adding.clear();
    if (other || !head.contains(document.activeElement)) showHead();
    adding.element.hidden = !mine();
    place.hidden = !parts.edits;
    if (parts.edits) showPlane();
    await entries.show(list, mine());
  }

  const mine = () => parts.edits && list.kind === "own";

  function showHead() {
    const own = mine();
    const title = own ? nameField() : make("h3", { tabindex: "-1" }, list.name);
    const acts = [
      button(gettext("Play this"), () => void playThis()),
      ...(own || !parts.edits ? [] : [button(gettext("Copy, to change it"), () => parts.copy(list))]),
      ...["xspf", "json"].map((format) =>
        make(
          "a",
          { class: "button", href: `/api/v1/playlists/${list.id}/export?format=${format}`, download: true },
          format.toUpperCase(),
        ),
      ),
      ...(parts.edits ? [button(gettext("Delete"), () => parts.remove(list), { class: "danger" })] : []),
    ];
    head.replaceChildren(title, make("div", { class: "actions" }, ...acts));
  }

  function nameField() {
    const field = make("input", {
      type: "text",
      class: "list-name",
      maxlength: "200",
      value: list.name,
      "aria-label": gettext("Name of the playlist"),
    });
    field.addEventListener("change", () => {
      const name = field.value.trim();
      if (name && name !== list.name) void rename(list, name);
      else field.value = list.name;
    });
    return field;
  }

  function showPlane() {
    const marks = parts
      .lists()
      .filter(({ id, point }) => point && id !== list.id)
      .map(({ name, point }) => ({ name, point, current: false }));
    plane.update({ points: { point: dragged ?? list.point ?? { valence: 0, arousal: 0 } }, marks });
  }

  async function rename(which, name) {
    await attempt(async () => {
      await api.patch(`/playlists/${which.id}`, { name });
      await parts.reload();
      toasts.show({
        text: gettext("Renamed to “%(name)s”.", { name }),
        undo: () => void rename({ ...which, name }, which.name).then(showHead),
      });
    });
  }

  function moved(point, done) {
    if (from === undefined) from = dragged ?? (list.placed_by === "tracks" ? null : list.point);
    dragged = point;
    showPlane();
    if (!done) return;
    const [which, back] = [list, from];
    from = undefined;
    void move(which, point).then((went) => {
      if (went)
        toasts.show({
          text: gettext("“%(name)s” has another place.", { name: which.name }),
          undo: () => void move(which, back),
        });
    });
  }

  /** One after the other: keys may be pressed faster than the server answers. @param {object | null} point null: where its tracks are. */
  function move(which, point) {
    pending += 1;
    moving = moving
      .then(() => attempt(() => api.patch(`/playlists/${which.id}`, { point })))
      .then(async (went) => {
        pending -= 1;
        if (pending) return went;
        await parts.reload();
        rest();
        return went;
      });
    return moving;
  }

  /** The server has it. Until then `list` holds an older place, to which nothing may be taken back. */
  function rest() {
    if (pending || from !== undefined || !list) return;
    dragged = null;
    showPlane();
  }

  async function playThis() {
    await attempt(async () => {
      const mood = list.point ?? { valence: 0, arousal: 0 };
      parts.onPlay(await api.post("/music/next", { mood, playlist_id: list.id }));
    });
  }

  /** @param {number[]} ids Of tracks. */
  async function add(ids) {
    const to = list;
    await attempt(async () => {
      await api.post(`/playlists/${to.id}/entries`, { track_ids: ids });
      await parts.reload();
      toasts.show({
        text: gettext("Added to “%(name)s”.", { name: to.name }),
        undo: () => void takeOut(to, ids),
      });
    });
  }

  /** Takes back what was added at the end. @param {object} from @param {number[]} ids Of tracks. */
  async function takeOut(from, ids) {
    await attempt(async () => {
      const { num_tracks: num } = await api.get(`/playlists/${from.id}`);
      const { entries: last } = await api.get(
        `/playlists/${from.id}/entries?page_size=${ids.length}&page=${Math.ceil(num / ids.length)}`,
      );
      const { entries: before } =
        num % ids.length
          ? await api.get(
              `/playlists/${from.id}/entries?page_size=${ids.length}&page=${Math.floor(num / ids.length)}`,
            )
          : { entries: [] };
      const added = [...before, ...last].slice(-ids.length).filter(({ track }) => ids.includes(track.id));
      for (const entry of added) await api.remove(`/playlists/${from.id}/entries/${entry.id}`);
      await parts.reload();
    });
  }

  return {
    show,
    focus() {
      root.scrollIntoView({ block: "nearest" });
      head.querySelector("input, h3")?.focus({ preventScroll: true });
    },
  };
}
