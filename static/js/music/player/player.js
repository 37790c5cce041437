/** What plays, what comes next, and how one leads to the other. Knows nothing of the page. */

import { NextSelection } from "./next_selection.js";
import { Output } from "./output.js";
import {
  NOTHING_PLAYS,
  allowAgain,
  failed,
  heard,
  moodChanged,
  playing,
  selectionRequest,
} from "./player_state.js";
import { isBetter } from "./switching.js";

/**
 * @typedef {import("../api.js").Selection} Selection
 * @typedef {import("../api.js").Track} Track
 * @typedef {import("./player_state.js").PlayerState} PlayerState
 *
 * @typedef {{selection: Selection, at: number}} Played What has played, and its position in seconds.
 *
 * @typedef {object} PlayerParts
 * @property {(request: import("../api.js").SelectionRequest) => Promise<Selection>} choose
 * @property {import("./output.js").MakeTrackPlayer} makeTrackPlayer
 * @property {(track: Track, action: import("../api.js").Feedback) => void} sendFeedback Never throws.
 * @property {(track: Track, code: string) => Promise<string>} diagnose Finds out why a track did not play; resolves
 *   with a code that says more, or the same one.
 * @property {() => import("../api.js").MoodRequest} mood
 * @property {(state: PlayerState) => void} onChange
 * @property {number} [volume] 0..1
 * @property {(act: () => void, ms: number) => unknown} [later] Timer such as `setTimeout`.
 */

const CROSSFADE_S = 4;
const HAND_FADE_S = 2;
const SHORT_FADE_S = 1;
const MAX_TROUBLES = 5;

export class Player {
  #parts;
  #output;
  #next;
  #state = NOTHING_PLAYS;
  #troubles = 0; // tracks in a row that did not play
  #generation = 0; // a track that starts counts only while no later one overtook it
  #leaving = false; // the current track fades out already

  /** @param {PlayerParts} parts */
  constructor(parts) {
    const { choose, makeTrackPlayer, mood, volume = 0.8 } = parts;
    // Called as a method of anything but the window, the browser's own `setTimeout` throws.
    const later = parts.later ?? ((act, ms) => setTimeout(act, ms));
    this.#parts = parts;
    this.#output = new Output(makeTrackPlayer, volume, later);
    this.#next = new NextSelection({
      choose: async () => choose(selectionRequest(this.#state, mood())),
      onChange: (news) => this.#change(news),
      later,
    });
  }

  state() {
    return { ...this.#state };
  }

  position() {
    return this.#output.position();
  }

  about() {
    return this.#output.about;
  }

  volume() {
    return this.#output.volume;
  }

  /** Chooses what comes next. */
  prepare() {
    void this.#next.prepare();
  }

  async toggle() {
    if (this.#state.phase === "playing") this.pause();
    else await this.start();
  }

  async start() {
    if (this.#state.phase === "paused") {
      this.#change({ phase: "playing" });
      await this.#output.resume();
    } else if (this.#state.phase === "idle") {
      this.#change({ phase: "starting", trouble: null });
      this.#leaving = false;
      await this.#advance({ fadeS: 0, isHeard: false });
      if (this.state().phase === "starting") this.#change({ phase: "idle" });
    }
  }

  pause() {
    if (this.#state.phase !== "playing" || !this.#output.hasTrack || !this.about().controllable) return;
    this.#output.pause();
    this.#change({ phase: "paused" });
  }

  /** @returns {import("./output.js").Style | null} What a built-in piece sounds like now; null for other tracks. */
  style() {
    return this.#output.style();
  }

  /** @returns {AnalyserNode | null} Where the sound passes; null for sound that this page does not make. */
  analyser() {
    return this.#output.analyser();
  }

  /**
   * A new mood changes what comes next, never what plays.
   *
   * @param {import("./player_state.js").Cause} [cause]
   */
  moodChanged(cause) {
    this.#change(moodChanged(this.#state, cause));
    this.prepare();
  }

  /**
   * Fades at once into what fits a mood that the visitor has just set, if something fits it better.
   *
   * @returns {Promise<Played | null>} What played before, for `goBack`; null if it goes on.
   */
  async followHand() {
    this.#change(moodChanged(this.#state));
    const next = await this.#next.prepare();
    const { current, upcoming, phase } = this.#state;
    if (!next || next !== upcoming || !current || phase !== "playing" || !isBetter(current, next))
      return null;
    const before = { selection: current, at: this.position().at };
    await this.#play(next, HAND_FADE_S);
    return this.#state.current === next ? before : null;
  }

  /**
   * Fades back into what has played before.
   *
   * @param {Played} played
   */
  async goBack({ selection, at }) {
    await this.#play(selection, SHORT_FADE_S);
    if (this.#state.current === selection) this.seek(at);
  }

  /**
   * Fades into the next track at once.
   *
   * @param {number} [fadeS]
   */
  async switchNow(fadeS = CROSSFADE_S) {
    if (this.#state.current) await this.#advance({ fadeS, isHeard: false });
  }

  /**
   * Plays a track of the visitor's choice at once.
   *
   * @param {Selection} selection
   */
  playNow(selection) {
    this.#state = allowAgain(this.#state, selection.track.id);
    return this.#play(selection, SHORT_FADE_S);
  }

  /** @returns {Promise<Selection | null>} Selection for `unskip`. */
  async skip() {
    const skipped = this.#state.current;
    if (!skipped) return null;
    this.#parts.sendFeedback(skipped.track, "skip");
    await this.#advance({ fadeS: SHORT_FADE_S, isHeard: false });
    return skipped;
  }

  /** @param {Selection} selection */
  async unskip(selection) {
    this.#parts.sendFeedback(selection.track, "unskip");
    await this.#play(selection, SHORT_FADE_S);
  }

  /** Likes the current track, or takes that back. */
  like() {
    const { current, liked } = this.#state;
    if (!current) return;
    this.#parts.sendFeedback(current.track, liked ? "unlike" : "like");
    this.#change({ liked: !liked });
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (!this.about().seekable) return;
    this.#output.seek(seconds);
    this.#change();
  }

  /** @param {number} volume Values outside 0..1 count as the nearest of both. */
  setVolume(volume) {
    this.#output.setVolume(volume);
  }

  /** Fades a track that nears its end into the next; to be called a few times a second. */
  tick() {
    const { at, duration } = this.position();
    if (this.#state.phase !== "playing" || !duration || duration < 4 * CROSSFADE_S) return;
    if (duration - at <= CROSSFADE_S) void this.#advance({ fadeS: CROSSFADE_S, isHeard: true });
  }

  end() {
    this.#generation += 1;
    this.#next.cancel();
    this.#output.stop();
    this.#change({ phase: "idle", current: null, upcoming: null });
  }

  /** @param {Partial<PlayerState>} [news] */
  #change(news = {}) {
    this.#state = { ...this.#state, ...news };
    this.#parts.onChange(this.state());
  }

  /**
   * @param {Selection} selection
   * @param {number} fadeS
   */
  async #play(selection, fadeS) {
    const generation = ++this.#generation;
    const isLatest = () => generation === this.#generation;
    this.#leaving = true;
    if (!this.#output.hasTrack) this.#change({ phase: "starting" });
    let player;
    try {
      player = await this.#output.load(selection, {
        onEnded: () => isLatest() && void this.#advance({ fadeS: 0, isHeard: true }),
        onTrouble: (code) => isLatest() && void this.#replaceBroken(selection, code, { mayGoOn: false }),
      });
    } catch (error) {
      const { code = "refused" } = /** @type {import("../api.js").Failure} */ (error);
      if (isLatest()) await this.#replaceBroken(selection, code, { mayGoOn: true });
      return;
    }
    if (!isLatest()) return player.end();
    this.#output.switchTo(player, fadeS);
    this.#troubles = 0;
    this.#leaving = false;
    this.#change(playing(this.#state, selection));
    this.prepare();
  }

  /**
   * Goes on to the next track.
   *
   * @param {{fadeS: number, isHeard: boolean}} how `isHeard` if the current track played to its end.
   */
  async #advance({ fadeS, isHeard }) {
    if (this.#leaving) return;
    this.#leaving = true;
    const { current } = this.#state;
    if (isHeard && current) {
      this.#parts.sendFeedback(current.track, "played");
      this.#state = heard(this.#state);
    }
    const generation = this.#generation;
    const next = this.#state.upcoming ?? (await this.#next.prepare());
    if (generation !== this.#generation) return;
    if (next) await this.#play(next, fadeS);
    else this.#rest();
  }

  /** Nothing can be chosen: the current track goes on to its end. */
  #rest() {
    this.#leaving = false;
    if (this.#output.goesOn) return;
    this.#output.stop();
    this.#change({ phase: "idle", current: null });
  }

  /**
   * Reports a track that does not play, and goes on with another one.
   *
   * @param {Selection} selection
   * @param {string} code
   * @param {{mayGoOn: boolean}} current Whether the track before goes on until another one plays.
   */
  async #replaceBroken(selection, code, { mayGoOn }) {
    const generation = ++this.#generation;
    this.#troubles += 1;
    this.#change(failed(this.#state, selection, code));
    const found = await this.#parts.diagnose(selection.track, code);
    if (generation !== this.#generation) return;
    if (!mayGoOn) this.#output.stop();
    this.#leaving = false;
    this.#change({ trouble: { code: found, track: selection.track } });
    if (["blocked", "silent"].includes(code) || this.#troubles >= MAX_TROUBLES) return this.#giveUp();
    const next = await this.#next.prepare();
    if (generation !== this.#generation) return;
    if (next) await this.#play(next, SHORT_FADE_S);
    else this.#idleIfSilent();
  }

  #giveUp() {
    this.#troubles = 0;
    this.#idleIfSilent();
    this.prepare();
  }

  #idleIfSilent() {
    if (!this.#output.hasTrack) this.#change({ phase: "idle", current: null });
  }
}
