/** What the page shows of the moment: its glow, the mood's trail, the spectrum, a title, and the session's card. */

import { byId, setText } from "../../shared/dom.js";
import { language } from "../../shared/i18n.js";
import { showGlow } from "../mood/glow.js";
import { createTrail } from "../mood/trail.js";
import { createSpectrum } from "../player/spectrum.js";
import { momentTitle } from "./moment.js";
import { createSession, withSession } from "./session.js";

const KEEP_EVERY_MS = 15_000;

/**
 * @typedef {import("../mood/plane.js").Point} Point
 *
 * @typedef {object} Scene
 * @property {Point | null} point Mood that is seen or set; null while there is none.
 * @property {Point} place Place that the music should have now.
 * @property {number | null} song Id of the track that plays.
 *
 * @param {object} parts
 * @param {import("../memory.js").Memory} parts.memory
 * @param {() => AnalyserNode | null} parts.analyser
 * @param {() => void} parts.onFailed Called when the card's module does not load.
 */
export function createScene({ memory, analyser, onFailed }) {
  const trail = createTrail();
  const session = createSession();
  const spectrum = createSpectrum(byId("spectrum", HTMLCanvasElement), analyser);
  const open = byId("session-open");
  /** @type {Scene} */
  let shown = { point: null, place: { valence: 0, arousal: 0 }, song: null };
  let keptAt = 0;

  /** With the journal on, this browser remembers the mood before and after. */
  function keep() {
    const summary = session.summary();
    if (!summary?.before || !memory.get("journal")) return;
    memory.set("sessions", withSession(memory.get("sessions"), summary));
  }

  async function showCard() {
    const summary = session.summary();
    const part = await import("./session_dialog.js").catch(() => null);
    if (!part || !summary) return onFailed();
    const title = momentTitle(new Date(), trail.all(), language);
    part.showSession(byId("session-dialog", HTMLDialogElement), { title, summary, trail: trail.all() });
  }

  open.addEventListener("click", () => void showCard());

  return {
    /**
     * @param {Scene} scene
     * @returns {import("../mood/plane_drawing.js").Trail}
     */
    update(scene) {
      shown = scene;
      trail.add(scene.point, performance.now());
      document.documentElement.toggleAttribute("data-sounding", scene.song !== null);
      showGlow(document.documentElement, scene.place);
      spectrum.update(scene.song !== null);
      return trail.points();
    },
    /** To be called a few times a second. */
    tick() {
      const now = performance.now();
      trail.add(shown.point, now);
      session.tick(shown, now / 1000);
      setText(byId("moment"), momentTitle(new Date(), trail.all(), language));
      open.hidden = session.summary() === null;
      if (now - keptAt < KEEP_EVERY_MS) return;
      keptAt = now;
      keep();
    },
    keep,
    forget: () => session.forget(),
  };
}
