/** What plays now, why, and the player's controls; `update` may be called at any rate. */

import { byId, setText } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";
import { clock } from "../../shared/words.js";
import { leaveSentence, nextSentence, reasonSentence, refusalOf, styleText, troubleOf } from "../phrases.js";

/**
 * @typedef {import("../api.js").Selection} Selection
 * @typedef {import("./player_state.js").PlayerState} PlayerState
 * @typedef {import("./output.js").Abilities} Abilities
 * @typedef {ReturnType<typeof findElements>} Elements
 *
 * @typedef {object} NowActs
 * @property {() => void} toggle Starts, pauses or resumes.
 * @property {() => void} skip
 * @property {() => void} like
 * @property {() => void} switchNow
 * @property {(seconds: number) => void} seek
 * @property {(share: number) => void} volume Takes 0..1.
 */

/**
 * @param {NowActs} acts
 * @param {(name: string) => string} policyTitle Title of a policy, in the visitor's language.
 */
export function createNowView(acts, policyTitle) {
  const elements = findElements();
  const { seek, volume } = elements;
  let seeking = false;
  /** @type {import("./embed_player.js").EmbedState} */
  let embedState = "silent";
  elements.toggle.addEventListener("click", acts.toggle);
  elements.skip.addEventListener("click", acts.skip);
  elements.like.addEventListener("click", acts.like);
  elements.switchNow.addEventListener("click", acts.switchNow);
  volume.addEventListener("input", () => acts.volume(volume.valueAsNumber / 100));
  seek.addEventListener("input", () => (seeking = true));
  seek.addEventListener("change", () => {
    seeking = false;
    acts.seek(seek.valueAsNumber);
  });

  return {
    embed: elements.embed,
    /** @param {import("./embed_player.js").EmbedState} state */
    setEmbedState: (state) => void (embedState = state),
    /** @param {number} share 0..1 */
    setVolume: (share) => void (volume.value = String(Math.round(share * 100))),
    /**
     * @param {PlayerState} state
     * @param {Abilities} about
     */
    update(state, about) {
      const shown = state.current ?? state.upcoming;
      elements.now.dataset.phase = state.phase;
      const embed = about.controllable || !state.current ? null : state.current.track;
      setText(elements.phase, embed ? embedText(embed, embedState) : phaseText(state, shown));
      showTrack(elements, shown, policyTitle);
      showControls(elements, state, about);
      showUpcoming(elements, state, embed);
      showTrouble(elements.trouble, state);
    },
    /**
     * @param {import("./output.js").Position} position
     * @param {Abilities} about
     * @param {import("./output.js").Style | null} style
     */
    tick(position, about, style) {
      seek.disabled = !about.seekable || !position.duration;
      showTimes(elements, position);
      showStyle(elements.style, style);
      if (!seeking) showProgress(seek, position);
    },
  };
}

function findElements() {
  return {
    now: byId("now"),
    phase: byId("now-phase"),
    title: byId("now-title"),
    by: byId("now-by"),
    style: byId("now-style"),
    why: byId("why"),
    embed: byId("embed"),
    embedNote: byId("embed-note"),
    seekRow: byId("seek-row"),
    seek: byId("seek", HTMLInputElement),
    at: byId("at"),
    total: byId("total"),
    like: byId("like", HTMLButtonElement),
    toggle: byId("toggle", HTMLButtonElement),
    toggleText: byId("toggle-text"),
    skip: byId("skip", HTMLButtonElement),
    volume: byId("volume", HTMLInputElement),
    volumeRow: byId("volume-row"),
    upcoming: byId("upcoming"),
    upcomingText: byId("upcoming-text"),
    switchNow: byId("switch", HTMLButtonElement),
    trouble: byId("trouble"),
  };
}

/**
 * @param {Elements} elements
 * @param {import("./output.js").Position} position
 */
function showTimes({ at, total }, position) {
  setText(at, clock(position.at));
  setText(total, position.duration ? clock(position.duration) : "");
}

/**
 * @param {HTMLElement} element
 * @param {import("./output.js").Style | null} style
 */
function showStyle(element, style) {
  element.hidden = !style;
  if (style) setText(element, styleText(style));
}

/**
 * @param {HTMLInputElement} seek
 * @param {import("./output.js").Position} position
 */
function showProgress(seek, { at, duration }) {
  if (!duration) return;
  seek.max = String(Math.floor(duration));
  seek.value = String(Math.floor(at));
  seek.setAttribute(
    "aria-valuetext",
    gettext("%(at)s of %(total)s", { at: clock(at), total: clock(duration) }),
  );
}

/**
 * @param {PlayerState} state
 * @param {Selection | null} shown
 */
function phaseText({ phase, refusal }, shown) {
  if (phase === "playing") return gettext("Now playing");
  if (phase === "paused") return gettext("Paused");
  if (phase === "starting") return gettext("Starting …");
  if (shown) return gettext("Ready to play");
  return refusal ? gettext("No music yet") : gettext("Looking for music …");
}

/**
 * @param {import("../api.js").Track} track Track in another site's player.
 * @param {import("./embed_player.js").EmbedState} state
 */
function embedText({ artist: provider }, state) {
  if (state === "playing") return gettext("Now playing");
  if (state === "paused") return gettext("Paused in %(provider)s's player", { provider });
  return gettext("Press play in %(provider)s's player", { provider });
}

/**
 * @param {Elements} elements
 * @param {Selection | null} shown
 * @param {(name: string) => string} policyTitle
 */
function showTrack({ title, by, why }, shown, policyTitle) {
  setText(title, shown ? shown.track.title : "–");
  setText(by, shown ? byLine(shown) : "");
  setText(why, shown ? whyText(shown, policyTitle) : "");
}

/**
 * Names what the title does not: built-in pieces are called after their playlist.
 *
 * @param {Selection} selection
 */
function byLine({ track, playlist }) {
  const names = [track.artist, playlist.name];
  const isSaid = (/** @type {string} */ name) => track.kind === "built_in" && track.title.startsWith(name);
  return names.filter((name) => name && !isSaid(name)).join(" · ");
}

/**
 * @param {Selection} selection
 * @param {(name: string) => string} policyTitle
 */
function whyText(selection, policyTitle) {
  const { reason } = selection;
  if (!reason) return gettext("You chose this track yourself.");
  return reasonSentence({ ...selection, reason }, policyTitle(reason.policy));
}

/**
 * @param {Elements} elements
 * @param {PlayerState} state
 * @param {Abilities} about
 */
function showControls(elements, { phase, current, liked, upcoming, refusal }, { controllable }) {
  const busy = phase === "starting";
  const { toggle, like, skip } = elements;
  const isNothing = !current && !upcoming && refusal !== null; // start waits for a choice that is on its way
  toggle.disabled = busy || isNothing || (phase === "playing" && !controllable);
  like.disabled = skip.disabled = !current || busy;
  like.setAttribute("aria-pressed", String(liked));
  setText(elements.toggleText, toggleText(phase));
  elements.embedNote.hidden = controllable || !current;
  elements.seekRow.hidden = elements.volumeRow.hidden = !controllable;
  toggle.hidden = !controllable && current !== null;
}

/** @param {PlayerState["phase"]} phase */
function toggleText(phase) {
  if (phase === "playing") return gettext("Pause");
  return phase === "paused" ? gettext("Resume") : gettext("Start the music");
}

/**
 * @param {Elements} elements
 * @param {PlayerState} state
 * @param {import("../api.js").Track | null} embed Track in another site's player, which ends only if the visitor
 *   agrees.
 */
function showUpcoming(elements, { current, upcoming, moved, cause }, embed) {
  elements.upcoming.hidden = !current || !upcoming;
  if (!current || !upcoming) return;
  elements.upcoming.toggleAttribute("data-ask", moved && embed !== null);
  const text =
    moved && embed
      ? leaveSentence(upcoming, cause, embed.artist)
      : nextSentence(upcoming, moved ? cause : null);
  setText(elements.upcomingText, text);
  elements.switchNow.hidden = !moved;
}

/**
 * @param {HTMLElement} element
 * @param {PlayerState} state
 */
function showTrouble(element, { trouble, refusal }) {
  const text = refusal ? refusalOf(refusal) : trouble ? troubleOf(trouble.code, trouble.track.title) : "";
  element.hidden = !text;
  setText(element, text);
}
