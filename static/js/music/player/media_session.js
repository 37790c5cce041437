/** The system's media keys and lock screen. */

/**
 * @param {MediaSession | undefined} session Of the browser, if it has one.
 * @param {{play: () => void, pause: () => void, next: () => void, seek: (s: number) => void, position: () => {at: number}}} acts
 * @param {(about: object) => object} makeMetadata
 */
export function createMediaKeys(session, acts, makeMetadata) {
  const on = (name, act) => {
    try {
      session?.setActionHandler(name, act);
    } catch {
      // A browser without this key: the others still work.
    }
  };
  on("play", acts.play);
  on("pause", acts.pause);
  on("nexttrack", acts.next);
  on("seekto", ({ seekTime }) => acts.seek(seekTime));
  on("seekbackward", ({ seekOffset }) => acts.seek(acts.position().at - (seekOffset ?? 10)));
  on("seekforward", ({ seekOffset }) => acts.seek(acts.position().at + (seekOffset ?? 10)));
  let shown = null;

  /** @param {{phase: string, current: object | null}} state Of the player. @param {{at: number, duration: number | null}} position */
  return function update({ phase, current }, { at, duration }) {
    if (!session) return;
    session.playbackState = phase === "playing" ? "playing" : current ? "paused" : "none";
    if (current !== shown) {
      shown = current;
      const track = current?.track;
      session.metadata = track
        ? makeMetadata({
            title: track.title,
            artist: track.artist,
            album: track.album || current.playlist.name,
          })
        : null;
    }
    if (duration && session.setPositionState)
      session.setPositionState({ duration, position: Math.min(Math.max(at, 0), duration) });
  };
}
