/** The player for each kind of track: audio elements, the composer, or another site's own player in a frame. */

import { gettext } from "../../shared/i18n.js";
import { createAudioPlayer, createElements } from "./audio_player.js";

/**
 * @typedef {import("../api.js").Track} Track
 * @typedef {import("../mood/plane.js").Point} Point
 * @typedef {import("./output.js").TrackPlayer} TrackPlayer
 */

/** Permissions that other sites' players need: their own scripts and log-in, and links that open in a new tab. */
const SANDBOX = [
  "allow-scripts",
  "allow-same-origin",
  "allow-popups",
  "allow-popups-to-escape-sandbox",
  "allow-forms",
  "allow-presentation",
];
const FRAME_HEIGHT = 152;

/** @param {HTMLElement} embedPlace Place for other sites' players. */
export function createPlayers(embedPlace) {
  const elements = createElements(() => new Audio());

  return {
    /** @type {import("./output.js").MakeTrackPlayer} */
    of: async ({ track, target }, options) => {
      if (track.kind === "built_in") return makePiecePlayer(track, target, options);
      if (track.kind === "embed") return createEmbedPlayer(track, embedPlace);
      return createAudioPlayer(track, options, elements);
    },
    unlock: elements.unlock,
  };
}

/**
 * Loads the composer and its instruments with the first piece: they are a tenth of the page.
 *
 * @param {Track} track
 * @param {Point} target
 * @param {import("./output.js").TrackOptions} options
 */
async function makePiecePlayer(track, target, options) {
  const { createPiecePlayer } = await import("./piece_player.js").catch(() =>
    Promise.reject(Object.assign(new Error("piece_player.js"), { code: "offline" })),
  );
  return createPiecePlayer(track, { ...options, point: between(track.point, target) });
}

/**
 * Finds the place that a piece is composed for: it keeps its character and leans towards the mood.
 *
 * @param {Point | null} own
 * @param {Point} target
 */
function between(own, target) {
  if (!own || !target) return own ?? target;
  return { valence: (own.valence + target.valence) / 2, arousal: (own.arousal + target.arousal) / 2 };
}

/**
 * Shows another site's player. The page cannot hear it, and can only load and remove it.
 *
 * @param {Track} track Track of kind `embed`.
 * @param {HTMLElement} place
 * @returns {TrackPlayer}
 */
function createEmbedPlayer(track, place) {
  const frame = document.createElement("iframe");
  frame.src = track.details.frame;
  frame.title = gettext("%(title)s, a player of %(provider)s", {
    title: track.title,
    provider: track.artist,
  });
  frame.height = String(track.details.height ?? FRAME_HEIGHT);
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  frame.setAttribute("sandbox", SANDBOX.join(" "));
  frame.referrerPolicy = "strict-origin-when-cross-origin";

  return {
    start: async () => place.replaceChildren(frame),
    fade() {},
    setVolume() {},
    pause() {},
    resume: async () => {},
    seek() {},
    position: () => ({ at: 0, duration: null }),
    about: { seekable: false, controllable: false },
    end: () => frame.remove(),
  };
}
