/** Adds to a playlist: tracks behind a pasted address, or tracks of the catalogue. */

import { gettext } from "../../shared/i18n.js";
import { button, debounce, describeTrack, kindChip, make } from "../parts.js";

const WAIT_MS = 250;
const FOUND = 8;

/**
 * @param {string} text
 * @returns {boolean} Whether the text is an address rather than words to search for.
 */
export function isAddress(text) {
  return /^https?:\/\/\S+$/i.test(text.trim());
}

/**
 * @typedef {import("../api.js").Track} Track
 *
 * @param {object} parts
 * @param {import("../api.js").Api} parts.api
 * @param {import("../api.js").Attempt} parts.attempt
 * @param {(ids: number[]) => Promise<void>} parts.add Adds tracks to the playlist that is open.
 */
export function createTrackAdder({ api, attempt, add }) {
  const { element, form, field, send, found } = makeForm();
  let generation = 0; // an answer counts only while no later search overtook it

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isAddress(field.value)) void addAddress(field.value.trim());
    else void search();
  });
  field.addEventListener(
    "input",
    debounce(() => void search(), WAIT_MS),
  );

  /** @param {string} url */
  async function addAddress(url) {
    send.disabled = true;
    await attempt(async () => {
      /** @type {{tracks: Track[]}} */
      const { tracks } = await api.post("/tracks", { url });
      await add(tracks.map(({ id }) => id));
      field.value = "";
    });
    send.disabled = false;
  }

  async function search() {
    const words = field.value.trim();
    const mine = ++generation;
    if (!words || isAddress(words)) return found.replaceChildren();
    await attempt(async () => {
      /** @type {import("../api.js").TracksPage} */
      const { tracks } = await api.get(`/tracks?page_size=${FOUND}&search=${encodeURIComponent(words)}`);
      if (mine !== generation) return;
      found.replaceChildren(...(tracks.length ? tracks.map((track) => hit(track, add)) : [nothing()]));
    });
  }

  function clear() {
    field.value = "";
    found.replaceChildren();
  }

  return { element, clear };
}

function makeForm() {
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
  return { element, form, field, send, found };
}

/**
 * @param {Track} track
 * @param {(ids: number[]) => Promise<void>} add
 */
function hit(track, add) {
  const label = gettext("Add %(title)s", { title: track.title });
  return make(
    "li",
    { class: "track" },
    describeTrack(track),
    kindChip(track),
    button(gettext("Add"), () => void add([track.id]), { "aria-label": label }),
  );
}

function nothing() {
  return make("li", { class: "small" }, gettext("Nothing has this in its title, artist or album."));
}
