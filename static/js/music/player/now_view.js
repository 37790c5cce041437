/** What plays now, why, and the player's controls; `update` may be called as often as one likes. */

import { gettext } from "../../shared/i18n.js";
import { clock, reasonSentence, refusalOf, troubleOf } from "../phrases.js";

const IDS = [
  "now",
  "now-phase",
  "now-title",
  "now-by",
  "why",
  "embed",
  "embed-note",
  "seek-row",
  "seek",
  "at",
  "total",
  "like",
  "toggle",
  "toggle-text",
  "skip",
  "volume",
  "upcoming",
  "upcoming-text",
  "switch",
  "trouble",
];

/**
 * @param {Document} document
 * @param {object} acts `toggle`, `skip`, `like`, `switchNow`, `seek(seconds)`, `volume(share)`.
 * @param {(name: string) => string} policyTitle
 */
export function createNowView(document, acts, policyTitle) {
  const at = Object.fromEntries(IDS.map((id) => [id, document.getElementById(id)]));
  let seeking = false;
  for (const [id, act] of [
    ["toggle", acts.toggle],
    ["skip", acts.skip],
    ["like", acts.like],
    ["switch", acts.switchNow],
  ]) {
    at[id].addEventListener("click", act);
  }
  at.volume.addEventListener("input", () => acts.volume(at.volume.valueAsNumber / 100));
  at.seek.addEventListener("input", () => (seeking = true));
  at.seek.addEventListener("change", () => {
    seeking = false;
    acts.seek(at.seek.valueAsNumber);
  });

  return {
    embed: at.embed,
    setVolume: (share) => void (at.volume.value = String(Math.round(share * 100))),
    /** @param {import("./player.js").State} state @param {{seekable: boolean, controllable: boolean}} about */
    update(state, about) {
      const shown = state.current ?? state.upcoming;
      at.now.dataset.phase = state.phase;
      setText(at["now-phase"], phaseText(state, shown));
      showTrack(at, shown, policyTitle);
      showControls(at, state, about);
      showUpcoming(at, state);
      showTrouble(at.trouble, state);
    },
    /** @param {{at: number, duration: number | null}} position @param {{seekable: boolean}} about */
    tick({ at: seconds, duration }, about) {
      at.seek.disabled = !about.seekable || !duration;
      setText(at.at, clock(seconds));
      setText(at.total, duration ? clock(duration) : "");
      if (!duration || seeking) return;
      at.seek.max = String(Math.floor(duration));
      at.seek.value = String(Math.floor(seconds));
      at.seek.setAttribute(
        "aria-valuetext",
        gettext("%(at)s of %(total)s", { at: clock(seconds), total: clock(duration) }),
      );
    },
  };
}

function phaseText({ phase, refusal }, shown) {
  if (phase === "playing") return gettext("Plays now");
  if (phase === "paused") return gettext("Paused");
  if (phase === "starting") return gettext("Starting …");
  if (shown) return gettext("Ready to play");
  return refusal ? gettext("No music yet") : gettext("Looking for music …");
}

function showTrack(at, shown, policyTitle) {
  const { track, playlist, reason } = shown ?? {};
  setText(at["now-title"], track ? track.title : "–");
  setText(at["now-by"], track ? [track.artist, playlist.name].filter(Boolean).join(" · ") : "");
  const chosen = track ? gettext("You chose this track yourself.") : "";
  setText(at.why, reason ? reasonSentence(shown, policyTitle(reason.policy)) : chosen);
}

function showControls(at, { phase, current, liked, upcoming }, { controllable }) {
  const busy = phase === "starting";
  at.toggle.disabled = busy || (!current && !upcoming) || (phase === "playing" && !controllable);
  at.like.disabled = at.skip.disabled = !current || busy;
  at.like.setAttribute("aria-pressed", String(liked));
  setText(
    at["toggle-text"],
    phase === "playing"
      ? gettext("Pause")
      : phase === "paused"
        ? gettext("Go on")
        : gettext("Start the music"),
  );
  at["embed-note"].hidden = controllable || !current;
  at["seek-row"].hidden = !controllable;
}

function showUpcoming(at, { current, upcoming, moved }) {
  at.upcoming.hidden = !current || !upcoming;
  if (at.upcoming.hidden) return;
  const { track, playlist } = upcoming;
  const text = moved
    ? gettext("The mood has changed. Next: %(track)s, from %(playlist)s", {
        track: track.title,
        playlist: playlist.name,
      })
    : gettext("Next: %(track)s, from %(playlist)s", { track: track.title, playlist: playlist.name });
  setText(at["upcoming-text"], text);
  at.switch.hidden = !moved;
}

function showTrouble(element, { trouble, refusal }) {
  const text = refusal ? refusalOf(refusal) : trouble ? troubleOf(trouble.code, trouble.track.title) : "";
  element.hidden = !text;
  setText(element, text);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
