/** Shows another site's own player in a frame. The page cannot hear it, and can only load and remove it. */

import { gettext } from "../../shared/i18n.js";

/** What the official players need: their own scripts and log-in, and links that open in a new tab. */
const SANDBOX = [
  "allow-scripts",
  "allow-same-origin",
  "allow-popups",
  "allow-popups-to-escape-sandbox",
  "allow-forms",
  "allow-presentation",
];

/**
 * @param {object} track Of kind `embed`; `details` has `provider`, `frame` and `height`.
 * @param {HTMLElement} place
 * @returns {import("./player.js").Deck}
 */
export function createEmbedDeck(track, place) {
  let frame = null;

  function show() {
    frame = document.createElement("iframe");
    frame.src = track.details.frame;
    frame.title = gettext("%(title)s, a player of %(provider)s", {
      title: track.title,
      provider: track.artist,
    });
    frame.height = track.details.height ?? 152;
    frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    frame.setAttribute("sandbox", SANDBOX.join(" "));
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    place.replaceChildren(frame);
  }

  return {
    start: async () => show(),
    fade() {},
    setVolume() {},
    pause() {},
    resume: async () => {},
    seek() {},
    position: () => ({ at: 0, duration: null }),
    about: { seekable: false, controllable: false },
    end: () => frame?.remove(),
  };
}
