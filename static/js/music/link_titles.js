/** Names for music services' links whose own title could not be looked up. Pure. */

import { gettext } from "../shared/i18n.js";

const KEY_LETTERS = 6;
const NAME_LETTERS = 60;

/**
 * @param {{kind: string, title: string, artist: string}} track
 * @returns {boolean} Whether the server has named the track by its service and path for want of a title.
 */
export function isUntitled({ kind, title, artist }) {
  return kind === "embed" && title.startsWith(`${artist}: `);
}

/**
 * Names a link in few words, where the server has nothing but a path: a playlist's id is no title.
 *
 * @param {{kind: string, title: string, artist: string, url: string}} track
 * @returns {string} Such as `YouTube video (dQw4w9)`; the title itself where there is one.
 */
export function linkTitle(track) {
  if (!isUntitled(track)) return track.title;
  const { artist: provider, url } = track;
  const address = new URL(url);
  const parts = address.pathname.split("/").filter(Boolean);
  const key = address.searchParams.get("v") ?? address.searchParams.get("list") ?? parts.at(-1) ?? "";
  const name = readable(parts);
  if (name) return name;
  return gettext("%(thing)s (%(key)s)", { thing: thingOf(parts, provider), key: key.slice(0, KEY_LETTERS) });
}

/**
 * @param {string[]} parts Parts of the path.
 * @returns {string} The last one that is words, such as SoundCloud's and Apple's; empty if there is none.
 */
function readable(parts) {
  const slug = parts
    .slice(1)
    .findLast((part) => /[a-z]/i.test(part) && /[-_]/.test(part) && !/^(pl|ra|s)[.-]/.test(part));
  const words = decoded(slug ?? "")
    .replaceAll(/[-_]+/g, " ")
    .trim();
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  return name.length > NAME_LETTERS ? `${name.slice(0, NAME_LETTERS - 1)}…` : name;
}

/** @param {string} text Part of a path. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}

/**
 * @param {string[]} parts
 * @param {string} provider
 */
function thingOf(parts, provider) {
  if (parts.includes("watch")) return gettext("%(provider)s video", { provider });
  if (parts.includes("playlist") || parts.includes("sets"))
    return gettext("%(provider)s playlist", { provider });
  if (parts.includes("album")) return gettext("%(provider)s album", { provider });
  return gettext("%(provider)s track", { provider });
}
