/** The sound of the page: the player of the current track, and how the next one takes over from it. */

/**
 * @typedef {import("../api.js").Selection} Selection
 *
 * @typedef {{at: number, duration: number | null}} Position Both in seconds; null for an endless or unknown duration.
 *
 * @typedef {{seekable: boolean, controllable: boolean}} Abilities
 *
 * @typedef {import("../composer/composer.js").Style} Style
 *
 * @typedef {object} TrackPlayer Plays one track.
 * @property {() => Promise<void>} start Resolves once there is sound, silent until `fade`; rejects with a `code`.
 * @property {(to: number, seconds: number) => void} fade `to` is a share of the volume, 0..1.
 * @property {(volume: number) => void} setVolume `volume` is 0..1.
 * @property {() => void} pause
 * @property {() => Promise<void>} resume
 * @property {(seconds: number) => void} seek
 * @property {() => Position} position
 * @property {() => AnalyserNode | null} [analyser] Where the sound passes, if it passes the page's audio nodes.
 * @property {() => Style} [style] Of a built-in piece: what it sounds like now.
 * @property {Abilities} about
 * @property {() => void} end May be called more than once.
 *
 * @typedef {object} TrackEvents
 * @property {() => void} onEnded The track is over.
 * @property {(code: string) => void} onTrouble The track broke while it played.
 *
 * @typedef {TrackEvents & {volume: number}} TrackOptions `volume` is 0..1.
 *
 * @typedef {(selection: Selection, options: TrackOptions) => TrackPlayer | Promise<TrackPlayer>} MakeTrackPlayer
 */

const FADE_IN_S = 0.3;
const FADE_MARGIN_MS = 100;
const END_MARGIN_S = 0.5;
const SEEK_MARGIN_S = 0.2;

export class Output {
  #makeTrackPlayer;
  #volume;
  #later;
  /** @type {TrackPlayer | null} */
  #player = null;

  /**
   * @param {MakeTrackPlayer} makeTrackPlayer
   * @param {number} volume 0..1
   * @param {(act: () => void, ms: number) => unknown} later Timer such as `setTimeout`.
   */
  constructor(makeTrackPlayer, volume, later) {
    this.#makeTrackPlayer = makeTrackPlayer;
    this.#volume = volume;
    this.#later = later;
  }

  get hasTrack() {
    return this.#player !== null;
  }

  /** @returns {Abilities} */
  get about() {
    return this.#player?.about ?? { seekable: false, controllable: true };
  }

  get volume() {
    return this.#volume;
  }

  /** @returns {Position} */
  position() {
    return this.#player?.position() ?? { at: 0, duration: null };
  }

  /** @returns {Style | null} What a built-in piece sounds like now; null for other tracks. */
  style() {
    return this.#player?.style?.() ?? null;
  }

  /** @returns {AnalyserNode | null} Where the sound passes; null for sound that this page does not make. */
  analyser() {
    return this.#player?.analyser?.() ?? null;
  }

  /** Whether the current track has sound left. */
  get goesOn() {
    const { at, duration } = this.position();
    return this.hasTrack && (duration === null || at < duration - END_MARGIN_S);
  }

  /**
   * Starts a track silently, while the current one plays on.
   *
   * @param {Selection} selection
   * @param {TrackEvents} events
   * @returns {Promise<TrackPlayer>} Player for `switchTo`, or to be ended by the caller; rejects with a `code`.
   */
  async load(selection, events) {
    const options = { ...events, volume: this.#volume };
    /** @type {TrackPlayer | null} */
    let player = null;
    try {
      player = await this.#makeTrackPlayer(selection, options);
      await player.start();
      return player;
    } catch (error) {
      player?.end();
      throw error;
    }
  }

  /**
   * Fades from the current track into another one.
   *
   * @param {TrackPlayer} player Player that `load` has started.
   * @param {number} seconds
   */
  switchTo(player, seconds) {
    const before = this.#player;
    this.#player = player;
    player.fade(1, before ? seconds : FADE_IN_S);
    if (!before) return;
    before.fade(0, seconds);
    this.#later(() => before.end(), seconds * 1000 + FADE_MARGIN_MS);
  }

  pause() {
    this.#player?.pause();
  }

  async resume() {
    await this.#player?.resume();
  }

  /** @param {number} seconds Position in the track; a position outside counts as its nearest end. */
  seek(seconds) {
    const { duration } = this.position();
    const wanted = duration === null ? seconds : Math.min(seconds, duration - SEEK_MARGIN_S);
    this.#player?.seek(Math.max(0, wanted));
  }

  /** @param {number} volume Values outside 0..1 count as the nearest of both. */
  setVolume(volume) {
    this.#volume = Math.max(0, Math.min(1, volume));
    this.#player?.setVolume(this.#volume);
  }

  stop() {
    this.#player?.end();
    this.#player = null;
  }
}
