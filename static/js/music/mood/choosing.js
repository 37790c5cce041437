/** Choices of the visitor: the page follows a point that is dragged; the music follows once it rests, or starts. */

const REST_MS = 350;

/**
 * @typedef {import("./mood.js").MoodState} MoodState
 * @typedef {import("../player/player_state.js").Cause} Cause
 *
 * @param {object} parts
 * @param {() => MoodState} parts.mood
 * @param {() => void} parts.onChange Called at once.
 * @param {() => void} parts.onDone Called when the visitor has let go.
 * @param {(cause: Cause, before: MoodState) => void} parts.onRest Gets the mood before the choice.
 * @param {(act: () => void, ms: number) => unknown} [parts.later] Timer such as `setTimeout`.
 */
export function createChoosing({ mood, onChange, onDone, onRest, later = (act, ms) => setTimeout(act, ms) }) {
  /** @type {MoodState | null} */
  let before = null;
  /** @type {Cause | null} */
  let resting = null;
  let generation = 0; // a choice rests only while no later one overtook it

  function apply() {
    if (!resting || !before) return;
    const [cause, from] = [resting, before];
    resting = before = null;
    onRest(cause, from);
  }

  return {
    /**
     * @param {() => void} act
     * @param {boolean} done Whether the visitor has let go.
     * @param {Cause} cause
     */
    choose(act, done, cause) {
      before ??= mood();
      act();
      onChange();
      const mine = ++generation;
      resting = done ? cause : null;
      if (!done) return;
      onDone();
      later(() => mine === generation && apply(), REST_MS);
    },
    /** Lets the music follow a choice that still rests: what starts now is what the visitor wants to hear. */
    apply,
  };
}
