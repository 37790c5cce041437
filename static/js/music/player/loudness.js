/** How loud tracks are played: all at the same loudness, and none of them clipped. Pure. */

/** Loudness of all music, in LUFS at full volume (EBU R 128): what streaming services play at, roughly. */
export const TARGET_LUFS = -16;
/** Highest true peak, in dB of full scale. */
export const PEAK_DB = -1;

const TYPICAL_LUFS = -11; // of released music that was not measured, and of stations
const TYPICAL_PEAK_DB = 0;
const MAX_GAIN_DB = 20; // a whisper stays one

/**
 * @param {{loudness_lufs?: number | null, peak_db?: number | null}} measured What the scan has found out.
 * @returns {number} Factor for the samples of a track.
 */
export function gainOf({ loudness_lufs: loudness, peak_db: peak }) {
  const wanted = TARGET_LUFS - (loudness ?? TYPICAL_LUFS);
  const allowed = PEAK_DB - (peak ?? TYPICAL_PEAK_DB);
  return 10 ** (Math.min(wanted, allowed, MAX_GAIN_DB) / 20);
}
