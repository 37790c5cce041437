/** How the music follows: at once what the visitor sets, and what the camera sees in the manner that they chose. */

import { gettext } from "../shared/i18n.js";
import { createSteering } from "./mood/steering.js";
import { createSwitching, isBetter, mayCameraSwitch } from "./player/switching.js";

const CAMERA_FADE_S = 3;

const pageTimeS = () => performance.now() / 1000;

/**
 * @typedef {object} FollowParts
 * @property {ReturnType<typeof import("./mood/mood.js").createMood>} mood
 * @property {() => import("./player/player.js").Player} player
 * @property {import("./api.js").Toasts} toasts
 * @property {() => import("./mood/steering.js").Path} path What the policy does with the mood.
 * @property {() => import("./player/switching.js").Manner} manner
 * @property {() => void} onMood Called when the mood was set back.
 * @property {() => number} [nowS] Clock, in seconds.
 */

/** @param {FollowParts} parts */
export function createFollowing({ mood, player, toasts, path, manner, onMood, nowS = pageTimeS }) {
  const steering = createSteering();
  const switching = createSwitching();
  let steps = 0; // of the way, that the upcoming track was chosen for

  /** @param {import("./mood/mood.js").MoodState} before Mood to which an undo leads. */
  async function followHand(before) {
    // Nobody can bring the visitor back to the same place in another site's player: the page asks before it leaves it.
    if (player().state().current?.track.kind === "embed") return changed();
    steering.restart();
    const played = await player().followHand();
    const { current } = player().state();
    if (!played || !current) return;
    const undo = () => {
      mood.restore(before);
      steering.restart();
      onMood();
      void player().goBack(played);
    };
    toasts.show({ text: gettext("Now: %(track)s", { track: current.track.title }), undo });
  }

  /** @param {import("./player/player_state.js").Cause} [cause] */
  function changed(cause) {
    steering.restart();
    player().moodChanged(cause);
  }

  /** Fades over if the camera's new mood has lasted, and the upcoming track fits it better. */
  async function considerSwitch() {
    const { phase, current, upcoming, moved, cause } = player().state();
    const isByCamera = mood.state().origin === "face" && moved && cause === "mood";
    if (phase !== "playing" || !current || !upcoming || !isByCamera) return;
    if (!switching.isDue(manner(), nowS())) return;
    if (!isBetter(current, upcoming) || !mayCameraSwitch(current, upcoming)) return;
    switching.switched(nowS()); // a file loads for a while: no second switch until then
    await player().switchNow(CAMERA_FADE_S);
    switching.switched(nowS());
  }

  /** A piece takes the policy's steps while it plays, so the next one is chosen anew after each of them. */
  function considerSteps() {
    if (steps === steering.steps()) return;
    steps = steering.steps();
    if (isInPiece() && path().goal && steps > 0) player().prepare();
  }

  const isInPiece = () => player().state().current?.track.kind === "built_in";

  return {
    followHand,
    changed,
    /** @param {import("./mood/mood.js").Place} place Reading of the camera. */
    look(place) {
      steering.look(place.point, nowS());
      switching.look(place, nowS());
      if (mood.byFace(place)) changed();
    },
    /** To be called a few times a second. */
    tick() {
      const { phase, current } = player().state();
      steering.tick(phase === "playing", nowS());
      switching.tick(current, phase === "playing", nowS());
      considerSteps();
      void considerSwitch();
    },
    /** Steps of the policy that were taken within built-in pieces. */
    steps: () => (isInPiece() ? steering.steps() : 0),
    /** @returns {import("./mood/plane.js").Point} Place on the plane that the music should have now. */
    place() {
      const { point, live, following } = mood.state();
      return steering.place({ point, isFollowing: following && live !== null }, path(), nowS());
    },
  };
}
