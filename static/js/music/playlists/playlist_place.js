/** The place of the open playlist on the plane; every move can be undone. */

import { gettext } from "../../shared/i18n.js";
import { make } from "../parts.js";
import { createPlane } from "../mood/plane_view.js";

/**
 * @typedef {import("../api.js").Playlist} Playlist
 * @typedef {import("../api.js").Point} Point
 *
 * @typedef {object} PlaceParts
 * @property {import("../api.js").Api} api
 * @property {import("../api.js").Attempt} attempt
 * @property {import("../api.js").Toasts} toasts
 * @property {() => Promise<void>} reload
 * @property {() => Playlist[]} lists All playlists of the page.
 */

export class PlaylistPlace {
  element;
  #parts;
  #plane;
  /** @type {Playlist | null} */
  #playlist = null;
  /** @type {Point | null} */
  #dragged = null; // the place that is being chosen, until the server has it
  /** @type {Point | null | undefined} */
  #from; // the place before a drag; null where the tracks decide, undefined without a drag
  #moving = Promise.resolve(true);
  #pending = 0;

  /** @param {PlaceParts} parts */
  constructor(parts) {
    this.#parts = parts;
    const planeBox = make("div");
    const help = gettext("Where it is on the plane: drag the point, or move it with the arrow keys.");
    this.element = make("div", { class: "list-place" }, planeBox, make("p", { class: "small" }, help));
    this.#plane = createPlane(planeBox, [
      {
        id: "point",
        name: gettext("Place of this playlist"),
        onMove: (point, done) => {
          if (this.#playlist) this.#drag(this.#playlist, point, done);
        },
      },
    ]);
  }

  /** @param {Playlist | null} playlist */
  show(playlist) {
    if (playlist?.id !== this.#playlist?.id) {
      this.#dragged = null;
      this.#from = undefined;
    }
    this.#playlist = playlist;
    if (playlist) this.#draw(playlist);
  }

  /** @param {Playlist} playlist */
  #draw(playlist) {
    const marks = this.#parts
      .lists()
      .flatMap(({ id, name, point }) =>
        point && id !== playlist.id ? [{ name, point, current: false }] : [],
      );
    const point = this.#dragged ?? playlist.point ?? { valence: 0, arousal: 0 };
    this.#plane.update({ points: { point }, marks });
  }

  /**
   * @param {Playlist} playlist
   * @param {Point} point
   * @param {boolean} done
   */
  #drag(playlist, point, done) {
    if (this.#from === undefined)
      this.#from = this.#dragged ?? (playlist.placed_by === "tracks" ? null : playlist.point);
    this.#dragged = point;
    this.#draw(playlist);
    if (!done) return;
    const from = this.#from;
    this.#from = undefined;
    void this.#moveWithUndo(playlist, point, from);
  }

  /**
   * @param {Playlist} playlist
   * @param {Point} point
   * @param {Point | null} from
   */
  async #moveWithUndo(playlist, point, from) {
    if (!(await this.#move(playlist, point))) return;
    this.#parts.toasts.show({
      text: gettext("“%(name)s” has another place.", { name: playlist.name }),
      undo: () => void this.#move(playlist, from),
    });
  }

  /**
   * Sends one move after the other: keys may be pressed faster than the server answers.
   *
   * @param {Playlist} playlist
   * @param {Point | null} point Null for the place of its tracks.
   */
  #move(playlist, point) {
    const { api, attempt, reload } = this.#parts;
    this.#pending += 1;
    this.#moving = this.#moving
      .then(() => attempt(() => api.patch(`/playlists/${playlist.id}`, { point })))
      .then(async (isMoved) => {
        this.#pending -= 1;
        if (this.#pending) return isMoved;
        await reload();
        this.#rest();
        return isMoved;
      });
    return this.#moving;
  }

  /** The server has the place. Until then `#playlist` holds an older one, which must not be shown again. */
  #rest() {
    if (this.#pending || this.#from !== undefined || !this.#playlist) return;
    this.#dragged = null;
    this.#draw(this.#playlist);
  }
}
