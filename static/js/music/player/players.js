/** Which deck plays which kind of track. */

import { createAudioDeck, createElements } from "./audio_player.js";
import { createEmbedDeck } from "./embed_player.js";

/** @param {HTMLElement} embedPlace Where other sites' players are shown. */
export function createDecks(embedPlace) {
  const elements = createElements(() => new Audio());

  /** @param {import("./player.js").Selection} selection @param {object} acts @returns {Promise<import("./player.js").Deck>} */
  async function of({ track, target }, acts) {
    if (track.kind === "built_in") return makePiece(track, { ...acts, point: between(track.point, target) });
    if (track.kind === "embed") return createEmbedDeck(track, embedPlace);
    return createAudioDeck(track, acts, elements);
  }

  return { of, unlock: elements.unlock };
}

/** The composer and its instruments are a tenth of the page: they come with the first piece. */
async function makePiece(track, options) {
  const { createPieceDeck } = await import("./piece_player.js").catch(() =>
    Promise.reject(Object.assign(new Error("piece_deck.js"), { code: "offline" })),
  );
  return createPieceDeck(track, options);
}

/** A piece keeps its character and leans towards the mood. */
function between(own, target) {
  if (!own || !target) return own ?? target;
  return { valence: (own.valence + target.valence) / 2, arousal: (own.arousal + target.arousal) / 2 };
}
