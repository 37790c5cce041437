/** Small elements of the music page; data goes in as text alone. */

import { gettext } from "../shared/i18n.js";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | undefined>} [attributes] `undefined` and `false` leave an attribute out.
 * @param {...(Node | string)} content
 */
export function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...content);
  return element;
}

/**
 * @param {string} text
 * @param {() => void} act
 * @param {Record<string, string>} [attributes]
 */
export function button(text, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", act);
  return element;
}

/**
 * Restarts a delay with each call, so that a search waits until the visitor pauses.
 *
 * @param {() => void} act
 * @param {number} delayMs
 * @returns {() => void}
 */
export function debounce(act, delayMs) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, delayMs);
  };
}

/**
 * @param {HTMLElement} place
 * @param {{page: number, size: number, total: number, onTurn: (page: number) => void}} options
 */
export function showPager(place, { page, size, total, onTurn }) {
  const last = Math.max(1, Math.ceil(total / size));
  if (last === 1) return place.replaceChildren();
  const back = button(gettext("Previous page"), () => onTurn(page - 1));
  const ahead = button(gettext("Next page"), () => onTurn(page + 1));
  back.disabled = page <= 1;
  ahead.disabled = page >= last;
  const text = gettext("Page %(page)s of %(last)s", { page, last });
  return place.replaceChildren(back, make("span", { class: "small" }, text), ahead);
}

/** @param {import("./api.js").Track} track */
export function describeTrack(track) {
  const by = [track.artist, track.album].filter(Boolean).join(" · ");
  return make(
    "span",
    { class: "track-name" },
    make("strong", { title: track.title }, track.title),
    ...(by ? [make("small", {}, by)] : []),
  );
}

const KINDS = {
  file: gettext("File"),
  stream: gettext("Radio"),
  embed: gettext("Player of another site"),
  built_in: gettext("Built in"),
};

/** @param {import("./api.js").Track} track */
export function kindChip(track) {
  if (track.state === "missing")
    return make("span", { class: "chip", "data-kind": "unsure" }, gettext("gone"));
  if (track.state === "unreadable")
    return make("span", { class: "chip", "data-kind": "unsure" }, gettext("cannot be read"));
  return make("span", { class: "chip" }, kindName(track));
}

/** @param {import("./api.js").Track} track */
function kindName({ kind, artist }) {
  return kind === "embed" && artist ? artist : (KINDS[kind] ?? kind);
}
