/** The player for each kind of track: audio elements, the composer, or another site's own player in a frame. */

import { between } from "../mood/steering.js";
import { createAmplifier } from "./amplifier.js";
import { createAudioPlayer, createElements } from "./audio_player.js";
import { createEmbedPlayer } from "./embed_player.js";

/**
 * @typedef {import("../api.js").Track} Track
 * @typedef {import("../mood/plane.js").Point} Point
 * @typedef {import("./output.js").TrackPlayer} TrackPlayer
 */

const LEANING = 0.8; // how far a piece leans from its own place towards the mood, 0..1
const LEANING_OF_PRESSED = 0.5; // one that the visitor asked for by its name stays more like itself

/**
 * @param {HTMLElement} embedPlace Place for other sites' players.
 * @param {() => Point} wantedPlace Place on the plane that the music should have now.
 * @param {(state: import("./embed_player.js").EmbedState) => void} onEmbed Gets what such a player says of itself.
 */
export function createPlayers(embedPlace, wantedPlace, onEmbed) {
  const files = createElements(() => new Audio(), createAmplifier());
  // The sound of another site's station may be played, but not pass through this page's audio nodes.
  const stations = createElements(() => new Audio());

  return {
    /** @type {import("./output.js").MakeTrackPlayer} */
    of: async (selection, options) => {
      const { track } = selection;
      if (track.kind === "built_in") return makePiecePlayer(selection, wantedPlace, options);
      if (track.kind === "embed") {
        return createEmbedPlayer(track, embedPlace, { onEnded: options.onEnded, onState: onEmbed });
      }
      return createAudioPlayer(track, options, track.kind === "file" ? files : stations);
    },
    unlock() {
      files.unlock();
      stations.unlock();
    },
  };
}

/**
 * Loads the composer and its instruments with the first piece: they are a tenth of the page.
 *
 * @param {import("../api.js").Selection} selection
 * @param {() => Point} wantedPlace
 * @param {import("./output.js").TrackOptions} options
 */
async function makePiecePlayer({ track, reason }, wantedPlace, options) {
  const { createPiecePlayer } = await import("./piece_player.js").catch(() =>
    Promise.reject(Object.assign(new Error("piece_player.js"), { code: "offline" })),
  );
  const isPressed = !reason || reason.origin === "pressed";
  const share = isPressed ? LEANING_OF_PRESSED : LEANING;
  // It keeps something of its character and leans towards the mood.
  const place = () => (track.point ? between(track.point, wantedPlace(), share) : wantedPlace());
  return createPiecePlayer(track, { ...options, place });
}
