/** Adds to a playlist: an address that was pasted, or a track of the catalogue. */

import { gettext } from "../../shared/i18n.js";
import { button, describeTrack, kindChip, make } from "../parts.js";

const WAIT_MS = 250;
const FOUND = 8;

/** @param {string} text @returns {boolean} Whether it is an address rather than words to look for. */
export function isAddress(text) {
  return /^https?:\/\/\S+$/i.test(text.trim());
}

/** @param {{api: object, attempt: (act: () => Promise<void>) => Promise<boolean>, add: (ids: number[]) => Promise<void>}} parts */
export function createAdding({ api, attempt, add }) {
  const field = make("input", {
    type: "search",
    "aria-label": gettext("A title to look for, or the address of a radio station or playlist"),
    placeholder: gettext("Look for a track, or paste an address"),
    maxlength: "2000",
  });
  const send = make("button", {}, gettext("Add"));
  const found = make("ul", { class: "tracks" });
  const help = make(
    "p",
    { class: "small" },
    gettext(
      "Addresses: radio streams, and playlists of Spotify, YouTube, Apple Music, Deezer and SoundCloud.",
    ),
  );
  const form = make("form", { class: "add-form" }, field, send);
  const element = make("div", { class: "adding" }, form, help, found);
  let waiting = null;
  let turn = 0;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isAddress(field.value)) void addAddress(field.value.trim());
    else void look();
  });
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), WAIT_MS);
  });

  async function addAddress(url) {
    send.disabled = true;
    await attempt(async () => {
      const { tracks } = await api.post("/tracks", { url });
      await add(tracks.map(({ id }) => id));
      field.value = "";
    });
    send.disabled = false;
  }

  async function look() {
    const words = field.value.trim();
    const mine = ++turn;
    if (!words || isAddress(words)) return found.replaceChildren();
    await attempt(async () => {
      const { tracks } = await api.get(`/tracks?page_size=${FOUND}&search=${encodeURIComponent(words)}`);
      if (mine === turn) found.replaceChildren(...(tracks.length ? tracks.map(hit) : [nothing()]));
    });
  }

  function hit(track) {
    const label = gettext("Add %(title)s", { title: track.title });
    return make(
      "li",
      { class: "track" },
      describeTrack(track),
      kindChip(track),
      button(gettext("Add"), () => void add([track.id]), { "aria-label": label }),
    );
  }

  function clear() {
    field.value = "";
    found.replaceChildren();
  }

  return { element, clear };
}

function nothing() {
  return make("li", { class: "small" }, gettext("Nothing has this in its title, artist or album."));
}
