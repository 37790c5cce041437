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
 * @param {(ids: number[], remark?: string) => Promise<void>} parts.add Adds tracks to the playlist that is open, and
 *   says so, with a remark.
 * @param {() => import("../api.js").Playlist | null} parts.playlist Playlist that is open.
 * @param {(text: string) => void} parts.say
 */
export function createTrackAdder({ api, attempt, add, playlist, say }) {
  const { element, form, field, send, found } = makeForm();
  let generation = 0; // an answer counts only while no later search overtook it
  let asked = ""; // the words with which the visitor pressed Add, and so waits for an answer

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isAddress(field.value)) return void addAddress(field.value.trim());
    asked = field.value.trim();
    return void search();
  });
  field.addEventListener(
    "input",
    debounce(() => void search(), WAIT_MS),
  );

  /** @param {string} url */
  async function addAddress(url) {
    send.disabled = true;
    await attempt(async () => {
      const list = playlist();
      /** @type {{tracks: Track[], held: number[]}} */
      const { tracks, held } = await api.post("/tracks", { url, playlist_id: list?.id });
      const fresh = tracks.filter(({ id }) => !held.includes(id));
      if (fresh.length)
        await add(
          fresh.map(({ id }) => id),
          untitledText(fresh),
        );
      else say(gettext("“%(title)s” is in this playlist already.", { title: tracks[0].title }));
      if (field.value.trim() === url) field.value = ""; // the visitor may have typed something else meanwhile
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
      const answers = tracks.length ? tracks.map((track) => hit(track, add)) : [nothing(words)];
      found.replaceChildren(...(words === asked && tracks.length ? [choose()] : []), ...answers);
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
  const found = make("ul", { class: "tracks", "aria-live": "polite" });
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

/** @param {string} words */
function nothing(words) {
  const text = gettext(
    "No track has “%(words)s” in its title, artist or album. To add something new, paste its address, https://…",
    { words },
  );
  return make("li", { class: "small" }, text);
}

function choose() {
  return make("li", { class: "small" }, gettext("Choose one of these, or paste an address."));
}

/** @param {Track[]} tracks */
function untitledText(tracks) {
  const track = tracks.find(({ untitled }) => untitled);
  if (!track) return "";
  return gettext("%(provider)s did not tell its title; paste it again later to ask once more.", {
    provider: track.artist,
  });
}
