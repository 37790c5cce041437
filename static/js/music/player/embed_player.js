/** Another site's player in its frame. The page cannot control it, and hears of it only what it says by itself. */

import { gettext } from "../../shared/i18n.js";
import { make } from "../parts.js";

/**
 * @typedef {import("../api.js").Track} Track
 *
 * @typedef {"silent" | "playing" | "paused"} EmbedState What the player says of itself; most services' stay `silent`.
 */

/** Permissions that other sites' players need: their own scripts and log-in, and links that open in a new tab. */
const SANDBOX = [
  "allow-scripts",
  "allow-same-origin",
  "allow-popups",
  "allow-popups-to-escape-sandbox",
  "allow-forms",
  "allow-presentation",
];
const FRAME_HEIGHT = 152;
/** @type {("ended" | "playing" | "paused")[]} */
const YOUTUBE_STATES = ["ended", "playing", "paused"]; // by their numbers
const SOUNDCLOUD_EVENTS = ["ready", "play", "pause", "finish"];

/**
 * Reads what a player says of itself. SoundCloud's widget and YouTube's player send JSON as text, Spotify's an object.
 *
 * @param {unknown} data Data of a `message` event.
 * @returns {"ready" | "playing" | "paused" | "ended" | null} Null for a message that says none of these.
 */
export function stateOf(data) {
  const message = /** @type {any} */ (parse(data));
  const { method, event, info, type, payload } = message ?? {};
  if (method === "play") return "playing";
  if (method === "pause") return "paused";
  if (method === "finish") return "ended";
  if (method === "ready" || event === "onReady") return "ready";
  if (event === "onStateChange") return YOUTUBE_STATES[info] ?? null;
  if (type === "playback_update" && typeof payload?.isPaused === "boolean")
    return payload.isPaused ? "paused" : "playing";
  return null;
}

/** @param {unknown} data */
function parse(data) {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/**
 * @param {Track} track Track of kind `embed`.
 * @param {HTMLElement} place
 * @param {object} acts
 * @param {() => void} acts.onEnded Called when the player says that it has come to its end.
 * @param {(state: EmbedState) => void} acts.onState
 * @returns {import("./output.js").TrackPlayer}
 */
export function createEmbedPlayer(track, place, { onEnded, onState }) {
  const frame = makeFrame(track);
  const lost = make("p", { class: "notice", "data-kind": "problem", role: "status", hidden: true });
  const watching = new AbortController();

  function showWhetherOnline() {
    const offline = !navigator.onLine;
    const wasOffline = !lost.hidden;
    lost.textContent = offline
      ? gettext("This browser is offline, so %(provider)s's player cannot be shown.", {
          provider: track.artist,
        })
      : "";
    lost.hidden = !offline;
    frame.hidden = offline;
    if (wasOffline && !offline) frame.src = track.details.frame; // once more
  }

  /** @param {MessageEvent} event */
  function listen({ source, origin, data }) {
    if (source !== frame.contentWindow || origin !== new URL(track.details.frame).origin) return;
    const state = stateOf(data);
    if (state === "ended") onEnded();
    else if (state === "playing" || state === "paused") onState(state);
  }

  /** SoundCloud's widget says nothing until it is asked. */
  function ask() {
    for (const value of SOUNDCLOUD_EVENTS)
      frame.contentWindow?.postMessage(JSON.stringify({ method: "addEventListener", value }), "*");
  }

  return {
    async start() {
      place.replaceChildren(frame, lost, makeLink(track));
      onState("silent");
      showWhetherOnline();
      addEventListener("message", listen, watching);
      addEventListener("online", showWhetherOnline, watching);
      addEventListener("offline", showWhetherOnline, watching);
      if (track.details.provider === "soundcloud") frame.addEventListener("load", ask, watching);
    },
    fade() {},
    setVolume() {},
    pause() {},
    resume: async () => {},
    seek() {},
    position: () => ({ at: 0, duration: null }),
    about: { seekable: false, controllable: false },
    end() {
      watching.abort();
      if (place.contains(frame)) place.replaceChildren();
    },
  };
}

/** @param {Track} track */
function makeFrame(track) {
  const frame = document.createElement("iframe");
  frame.src = track.details.frame;
  frame.title = gettext("%(title)s, a player of %(provider)s", {
    title: track.title,
    provider: track.artist,
  });
  frame.height = String(track.details.height ?? FRAME_HEIGHT);
  frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
  frame.setAttribute("sandbox", SANDBOX.join(" "));
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  return frame;
}

/**
 * No browser tells a page that a frame was blocked or could not be loaded, so the way out is always there.
 *
 * @param {Track} track
 */
function makeLink({ artist: provider, url }) {
  const text = gettext("Open at %(provider)s", { provider });
  const link = make("a", { href: url, target: "_blank", rel: "noopener" }, text);
  const hint = gettext("No player here? It may be blocked or out of reach.");
  return make("p", { class: "embed-link" }, `${hint} `, link);
}
