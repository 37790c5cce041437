/** What plays, what comes next, and how one leads to the other. Knows nothing of the page. */

/**
 * @typedef {object} Deck Plays one track.
 * @property {() => Promise<void>} start Resolves once there is sound, silent until `fade`; rejects with a `code`.
 * @property {(to: number, seconds: number) => void} fade
 * @property {(volume: number) => void} setVolume 0..1
 * @property {() => void} pause
 * @property {() => Promise<void>} resume
 * @property {(seconds: number) => void} seek
 * @property {() => {at: number, duration: number | null}} position
 * @property {{seekable: boolean, controllable: boolean}} about
 * @property {() => void} end
 *
 * @typedef {object} Selection Of `POST /api/v1/music/next`: `{playlist, track, target, reason}`.
 *
 * @typedef {object} State
 * @property {"idle" | "starting" | "playing" | "paused"} phase
 * @property {Selection | null} current
 * @property {Selection | null} upcoming
 * @property {boolean} moved Whether the mood has changed since the current track was chosen.
 * @property {boolean} liked
 * @property {{code: string, track: object} | null} trouble The last track that did not play.
 * @property {{code: string, message: string} | null} refusal Why there is no choice.
 */

const CROSSFADE_S = 4;
const RECENT = 12;
const AVOID = 50;
const MAX_TROUBLES = 5;
const RETRY_MS = 5000;

/**
 * @param {object} parts
 * @param {(wish: object) => Promise<Selection>} parts.choose
 * @param {(selection: Selection, acts: {volume: number, onEnded: () => void, onTrouble: (code: string) => void}) => Deck | Promise<Deck>} parts.makeDeck
 * @param {(track: object, action: string) => void} parts.react Tells the server; never throws.
 * @param {(track: object, code: string) => Promise<string>} parts.diagnose What was wrong with a track.
 * @param {() => object} parts.mood What a wish says of mood and policy.
 * @param {(state: State) => void} parts.onChange
 * @param {number} [parts.volume] 0..1
 * @param {(act: () => void, ms: number) => any} [parts.later] As `setTimeout`.
 */
export function createPlayer({
  choose,
  makeDeck,
  react,
  diagnose,
  mood,
  onChange,
  volume = 0.8,
  later = setTimeout,
}) {
  const state = {
    phase: "idle",
    current: null,
    upcoming: null,
    moved: false,
    liked: false,
    trouble: null,
    refusal: null,
  };
  let deck = null;
  let songs = 0; // heard since the mood settled
  let recent = [];
  let avoid = []; // what did not play
  let troubles = 0; // in a row
  let asking = 0; // a choice that comes when its turn has passed is dropped
  let turn = 0; // the same for a track that starts
  let leaving = false; // the current track fades out already

  const change = (news = {}) => {
    Object.assign(state, news);
    onChange({ ...state });
  };

  function wish() {
    const playing = state.current?.playlist.id ?? null;
    const heard = state.current && !state.moved ? songs + 1 : songs;
    return { ...mood(), songs: heard, playing, recent, avoid };
  }

  /** Asks what comes next; keeps it as `upcoming` unless something changes meanwhile. */
  async function prepare() {
    const mine = ++asking;
    change({ upcoming: null });
    try {
      const upcoming = await choose(wish());
      if (mine === asking) change({ upcoming, refusal: null });
      return upcoming;
    } catch (error) {
      if (mine === asking) {
        change({ refusal: error });
        later(() => mine === asking && void prepare(), RETRY_MS);
      }
      return null;
    }
  }

  async function play(selection, { fade }) {
    const mine = ++turn;
    const before = deck;
    leaving = true;
    if (!before) change({ phase: "starting" });
    const acts = {
      volume,
      onEnded: () => mine === turn && void advance({ fade: 0, heard: true }),
      onTrouble: (code) => mine === turn && void stumble(selection, code),
    };
    let own = null;
    try {
      own = await makeDeck(selection, acts);
      await own.start();
    } catch (error) {
      own?.end();
      if (mine === turn) await stumble(selection, error.code ?? "refused", before);
      return;
    }
    if (mine !== turn) return own.end();
    settleIn(own, selection, { before, fade });
  }

  function settleIn(own, selection, { before, fade }) {
    deck = own;
    own.fade(1, before ? fade : 0.3);
    before?.fade(0, fade);
    if (before) later(() => before.end(), fade * 1000 + 100);
    [troubles, leaving] = [0, false];
    songs = state.moved || !state.current ? 0 : songs;
    recent = [selection.track.id, ...recent.filter((id) => id !== selection.track.id)].slice(0, RECENT);
    change({ phase: "playing", current: selection, moved: false, liked: false });
    void prepare();
  }

  /** Goes on to the next track. */
  async function advance({ fade, heard }) {
    if (leaving) return;
    leaving = true;
    if (heard && state.current) {
      react(state.current.track, "played");
      if (!state.moved) songs += 1;
    }
    const mine = turn;
    const next = state.upcoming ?? (await prepare());
    if (mine !== turn) return;
    if (next) await play(next, { fade });
    else rest();
  }

  /** Nothing can be chosen: what plays goes on to its end. */
  function rest() {
    leaving = false;
    const { at, duration } = position();
    if (deck && (duration === null || at < duration - 0.5)) return;
    deck?.end();
    deck = null;
    change({ phase: "idle", current: null });
  }

  /** A track does not play: says so and goes on with another; nothing else is lost. */
  async function stumble(selection, code, before = null) {
    const mine = ++turn;
    const broken = before ? null : deck;
    troubles += 1;
    avoid = [selection.track.id, ...avoid.filter((id) => id !== selection.track.id)].slice(0, AVOID);
    change({ trouble: { code, track: selection.track } });
    const found = await diagnose(selection.track, code);
    if (mine !== turn) return;
    broken?.end();
    if (broken) deck = null;
    leaving = false;
    change({ trouble: { code: found, track: selection.track } });
    if (code === "blocked" || troubles >= MAX_TROUBLES) return giveUp();
    const next = await prepare();
    if (mine === turn && next) await play(next, { fade: 1 });
    else if (mine === turn && !deck) change({ phase: "idle", current: null });
  }

  function giveUp() {
    troubles = 0;
    if (!deck) change({ phase: "idle", current: null });
    void prepare();
  }

  const position = () => deck?.position() ?? { at: 0, duration: null };

  return {
    state: () => ({ ...state }),
    position,
    about: () => deck?.about ?? { seekable: false, controllable: true },
    prepare: () => void prepare(),
    async toggle() {
      if (state.phase === "playing") this.pause();
      else await this.start();
    },
    async start() {
      if (state.phase === "paused") {
        change({ phase: "playing" });
        await deck.resume();
      } else if (state.phase === "idle") {
        change({ phase: "starting", trouble: null });
        leaving = false;
        await advance({ fade: 0, heard: false });
        if (state.phase === "starting") change({ phase: "idle" });
      }
    },
    pause() {
      if (state.phase !== "playing" || !deck.about.controllable) return;
      deck.pause();
      change({ phase: "paused" });
    },
    /** A new mood changes what comes next, never what plays. */
    moodChanged() {
      songs = 0;
      change({ moved: state.current !== null });
      void prepare();
    },
    /** At once, by a crossfade. */
    switchNow: () => (state.current ? advance({ fade: CROSSFADE_S, heard: false }) : Promise.resolve()),
    /** Plays a track of the visitor's choice at once. */
    playNow(selection) {
      avoid = avoid.filter((id) => id !== selection.track.id);
      return play(selection, { fade: 1 });
    },
    async skip() {
      if (!state.current) return null;
      const skipped = state.current;
      react(skipped.track, "skip");
      await advance({ fade: 1, heard: false });
      return skipped;
    },
    /** Takes a skip back. */
    async unskip(selection) {
      react(selection.track, "unskip");
      await play(selection, { fade: 1 });
    },
    like() {
      if (!state.current) return;
      react(state.current.track, state.liked ? "unlike" : "like");
      change({ liked: !state.liked });
    },
    seek(seconds) {
      if (!deck?.about.seekable) return;
      const { duration } = position();
      deck.seek(Math.max(0, duration === null ? seconds : Math.min(seconds, duration - 0.2)));
      change();
    },
    setVolume(value) {
      volume = Math.max(0, Math.min(1, value));
      deck?.setVolume(volume);
    },
    volume: () => volume,
    dismiss: () => change({ trouble: null }),
    /** To be called a few times a second: near its end a track fades into the next. */
    tick() {
      const { at, duration } = position();
      if (state.phase !== "playing" || !duration || duration < 4 * CROSSFADE_S) return;
      if (duration - at <= CROSSFADE_S) void advance({ fade: CROSSFADE_S, heard: true });
    },
    end() {
      turn += 1;
      asking += 1;
      deck?.end();
      deck = null;
      change({ phase: "idle", current: null, upcoming: null });
    },
  };
}
