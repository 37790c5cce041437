/** What the music page says. Pure: facts in, words out, in the visitor's language. */

import { formatNumber, gettext, ngettext } from "../shared/i18n.js";

/**
 * @typedef {import("./api.js").Reason} Reason
 * @typedef {import("./api.js").Selection} Selection
 */

/** @type {Record<string, string>} */
const PLACES = {
  even: gettext("balanced"),
  pleasant: gettext("bright"),
  unpleasant: gettext("sad or tense"),
  active: gettext("energetic"),
  quiet: gettext("calm"),
  pleasant_active: gettext("bright and energetic"),
  pleasant_quiet: gettext("bright and calm"),
  unpleasant_active: gettext("tense and energetic"),
  unpleasant_quiet: gettext("sad and calm"),
};

/**
 * Names a place of the plane, for moods and music alike: nobody wants to be served unpleasant music.
 *
 * @param {string} place Word for a place, as in `placeOf`.
 */
export function placeName(place) {
  return PLACES[place] ?? place;
}

/**
 * Says why this playlist and this track were chosen, in one sentence.
 *
 * @param {Selection & {reason: Reason}} selection
 * @param {string} policyTitle Title of the policy, in the visitor's language.
 */
export function reasonSentence({ reason, playlist, track }, policyTitle) {
  if (reason.origin === "pressed")
    return gettext("You chose the playlist “%(name)s” yourself.", { name: playlist.name });
  const facts = {
    mood: moodClause(reason, policyTitle),
    playlist: playlistClause(reason, playlist.name),
    track: trackClause(reason, track.title),
  };
  return gettext("%(mood)s: %(playlist)s, and %(track)s.", facts);
}

/**
 * @param {Reason} reason
 * @param {string} policyTitle
 */
function moodClause(reason, policyTitle) {
  const mood = originClause(reason);
  const way = wayClause(reason, policyTitle);
  return way ? gettext("%(mood)s, and %(way)s", { mood, way }) : mood;
}

/** @param {Reason} reason */
function originClause({ origin, mood }) {
  const place = placeName(mood);
  if (origin === "face") return gettext("Your expression is %(place)s", { place });
  if (origin === "start") return gettext("No mood is chosen yet, so the music starts in the middle");
  return gettext("The mood that you chose is %(place)s", { place });
}

/**
 * @param {Reason} reason
 * @param {string} policy
 */
function wayClause({ step, songs, goal }, policy) {
  const place = placeName(goal);
  if (step === "begin") return gettext("“%(policy)s” begins there", { policy });
  if (step === "arrived") return gettext("“%(policy)s” has come to %(place)s", { policy, place });
  if (step !== "step") return "";
  if (!songs) return gettext("“%(policy)s” is on its way to %(place)s", { policy, place });
  return ngettext(
    "“%(policy)s” is %(num)s song on its way to %(place)s",
    "“%(policy)s” is %(num)s songs on its way to %(place)s",
    songs,
    { policy, place },
  );
}

/**
 * @param {Reason} reason
 * @param {string} name
 */
function playlistClause({ playlist }, name) {
  if (playlist === "liked") return gettext("you like what is in “%(name)s”", { name });
  if (playlist === "only_one") return gettext("“%(name)s” is the only playlist to choose from", { name });
  if (playlist === "stay") return gettext("“%(name)s” goes on because it is still near", { name });
  if (playlist === "among_near") return gettext("“%(name)s” is one of the nearest playlists", { name });
  return gettext("“%(name)s” is the nearest playlist", { name });
}

/**
 * @param {Reason} reason
 * @param {string} name
 */
function trackClause({ track }, name) {
  if (track === "liked") return gettext("you liked “%(name)s” before", { name });
  if (track === "only_one") return gettext("“%(name)s” is its only track", { name });
  if (track === "nearest") return gettext("“%(name)s” is its nearest track", { name });
  return gettext("“%(name)s” is one of its nearest tracks", { name });
}

/** @type {Record<import("./player/player_state.js").Cause, (names: {track: string, playlist: string}) => string>} */
const NEXT = {
  mood: (names) => gettext("The mood has changed. Next: %(track)s, from %(playlist)s", names),
  policy: (names) => gettext("You changed how the music follows. Next: %(track)s, from %(playlist)s", names),
  goal: (names) => gettext("You moved the goal. Next: %(track)s, from %(playlist)s", names),
};

/**
 * @param {Selection} upcoming
 * @param {import("./player/player_state.js").Cause | null} cause What has changed since the current track was chosen.
 */
export function nextSentence({ track, playlist }, cause) {
  const names = { track: track.title, playlist: playlist.name };
  return cause ? NEXT[cause](names) : gettext("Next: %(track)s, from %(playlist)s", names);
}

/** @type {Record<import("./player/player_state.js").Cause, (names: Record<string, string>) => string>} */
const LEAVE = {
  mood: (names) =>
    gettext("The mood has changed. Leave %(provider)s for %(track)s, from %(playlist)s?", names),
  policy: (names) =>
    gettext("You changed how the music follows. Leave %(provider)s for %(track)s, from %(playlist)s?", names),
  goal: (names) => gettext("You moved the goal. Leave %(provider)s for %(track)s, from %(playlist)s?", names),
};

/**
 * Asks whether another site's player shall end for what comes next.
 *
 * @param {Selection} upcoming
 * @param {import("./player/player_state.js").Cause} cause
 * @param {string} provider
 */
export function leaveSentence({ track, playlist }, cause, provider) {
  return LEAVE[cause]({ track: track.title, playlist: playlist.name, provider });
}

/** @type {Record<import("./composer/harmony.js").Mode, string>} */
const MODES = {
  lydian: gettext("Lydian"),
  ionian: gettext("major"),
  mixolydian: gettext("Mixolydian"),
  dorian: gettext("Dorian"),
  aeolian: gettext("minor"),
  phrygian: gettext("Phrygian"),
};

/** @param {import("./composer/composer.js").Style} style */
export function styleText({ tempo, mode }) {
  return gettext("%(tempo)s beats per minute, %(mode)s", { tempo: formatNumber(tempo), mode: MODES[mode] });
}

/**
 * Says why a track does not play, in one line.
 *
 * @param {string} code Such as `gone`, `undecodable`, `stalled`, `insecure` or `refused`.
 * @param {string} title
 */
export function troubleOf(code, title) {
  if (code === "gone") return gettext("“%(title)s” is not there any more, so it was skipped.", { title });
  if (code === "undecodable")
    return gettext("“%(title)s” cannot be played by this browser, or is damaged, so it was skipped.", {
      title,
    });
  if (code === "stalled")
    return gettext("“%(title)s” sends no sound at the moment, so it was skipped.", { title });
  if (code === "insecure")
    return gettext(
      "“%(title)s” is an http address, which browsers refuse on a secure page, so it was skipped.",
      { title },
    );
  if (code === "silent")
    return gettext(
      "This device gives the browser no sound. Connect or switch on a loudspeaker, then press Start again.",
    );
  return gettext("“%(title)s” did not start, so it was skipped.", { title });
}

/** The server's messages about files, which are English; they stand here so that catalogues have them. */
export const FILE_PROBLEMS = [
  gettext("The file is gone."),
  gettext("The file is no audio file."),
  gettext("The file holds no sound."),
  gettext("The file breaks off: it holds less sound than it says."),
  gettext("The file cannot be read: it is damaged or cut short."),
  gettext("The file cannot be read: its tags are too large, or made of too many parts."),
  gettext("The file cannot be read"),
  gettext("The sound cannot be decoded"),
];

/**
 * @param {string} problem Problem of a track, in English; a library's own message may follow a colon.
 * @returns {string} The problem in the visitor's language; the library's message stays.
 */
export function problemOf(problem) {
  const whole = gettext(problem);
  if (whole !== problem || FILE_PROBLEMS.includes(problem)) return whole;
  const [, start = problem, rest = ""] = /^(.*?)(:.*)?$/s.exec(problem) ?? [];
  return gettext(start) + rest;
}

/** @type {Record<string, string>} */
const REFUSALS = {
  offline: gettext(
    "The server cannot be reached. What plays goes on; the next choice is tried again by itself.",
  ),
  music_unavailable: gettext("The music's database cannot be used right now. Try again in a moment."),
  no_music: gettext("There is no music that can be played. Add some to a playlist."),
  not_editable: gettext(
    "This playlist is made from its source or belongs to everybody. Duplicate it to make it yours, then change that.",
  ),
  read_only: gettext("The music of this server cannot be changed."),
  cannot_write: gettext(
    "Nothing was written: the music folder is read-only, or has a file of this name that Countenance did not write.",
  ),
  not_found: gettext("It is not there any more. The page shows what is."),
  unexpected: gettext("Something went wrong on the server. Try again."),
};

/** @param {import("./api.js").Failure} failure */
export function refusalOf({ code, message }) {
  return REFUSALS[code ?? ""] ?? message;
}
