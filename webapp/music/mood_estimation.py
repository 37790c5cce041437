"""The mood of music: from what tags say, or from what its sound is like. Estimates, which the user can correct."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from webapp.core.affect import Point

# Krumhansl & Kessler 1982, Tracing the dynamic changes in perceived tonal organization, Psychol. Rev. 89(4):
# how well each of the twelve tones fits a major and a minor key, from the tonic upwards.
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


@dataclass(frozen=True)
class Sound:
    """What was measured in a piece of music.

    Attributes:
        tempo_bpm: Beats per minute.
        onsets_per_s: Notes and strokes that begin, per second.
        loudness_db: Root mean square of the samples in dB of full scale, <= 0.
        brightness_hz: Mean of the spectral centroid.
        chroma: Twelve numbers >= 0: how strong each tone is, from C upwards.
    """

    tempo_bpm: float
    onsets_per_s: float
    loudness_db: float
    brightness_hz: float
    chroma: tuple[float, ...]


def mode_of(chroma: Sequence[float]) -> float:
    """Returns how much more major than minor the tones are, -1..1.

    The better correlation with the twelve major keys less that with the twelve minor keys, stretched so that a plain
    major scale comes near 1.

    Args:
        chroma: Twelve numbers >= 0, from C upwards.
    """
    tones = np.asarray(chroma, float)
    if tones.std() == 0:
        return 0.0
    major, minor = (max(_fit(tones, np.roll(key, shift)) for shift in range(12)) for key in (MAJOR, MINOR))
    return float(np.clip(4 * (major - minor), -1, 1))


def _fit(tones: np.ndarray, key: np.ndarray) -> float:
    return float(np.corrcoef(tones, key)[0, 1])


def point_from_sound(sound: Sound) -> Point:
    """Returns where music lies by its sound.

    What listeners' ratings follow (Eerola, Lartillot & Toiviainen 2009, Prediction of multidimensional emotional
    ratings in music from audio): arousal grows with loudness, density, tempo and brightness; valence with major mode,
    and a little with tempo and brightness. The weights are ours; docs/reference/music.md says what they are worth.
    """
    tempo = _scaled(math.log2(max(sound.tempo_bpm, 1.0)), math.log2(60), math.log2(180))
    density = _scaled(sound.onsets_per_s, 0.5, 7.0)
    loud = _scaled(sound.loudness_db, -35.0, -9.0)
    bright = _scaled(math.log2(max(sound.brightness_hz, 1.0)), math.log2(500), math.log2(4000))
    arousal = 0.35 * loud + 0.3 * density + 0.2 * tempo + 0.15 * bright
    valence = 0.6 * mode_of(sound.chroma) + 0.25 * tempo + 0.15 * bright
    return Point(valence, arousal)


def _scaled(value: float, low: float, high: float) -> float:
    """Returns -1 at `low` or less, 1 at `high` or more, straight between."""
    return max(-1.0, min(1.0, 2 * (value - low) / (high - low) - 1))


MOODS = {
    "aggressive": (-0.5, 0.7),
    "angry": (-0.51, 0.59),
    "calm": (0.5, -0.6),
    "chill": (0.5, -0.5),
    "dark": (-0.5, -0.1),
    "dreamy": (0.4, -0.5),
    "energetic": (0.4, 0.8),
    "epic": (0.3, 0.6),
    "excited": (0.6, 0.7),
    "happy": (0.81, 0.51),
    "joyful": (0.76, 0.48),
    "melancholic": (-0.4, -0.4),
    "melancholy": (-0.4, -0.4),
    "mellow": (0.4, -0.5),
    "party": (0.7, 0.7),
    "peaceful": (0.6, -0.6),
    "relaxed": (0.6, -0.5),
    "relaxing": (0.6, -0.5),
    "romantic": (0.6, 0.0),
    "sad": (-0.63, -0.27),
    "sleepy": (0.1, -0.8),
    "tense": (-0.4, 0.6),
    "upbeat": (0.7, 0.5),
    "uplifting": (0.75, 0.4),
}
"""Words of mood tags. happy, joyful, angry, sad: Russell & Mehrabian 1977; the others are ours, after them."""

GENRES = {
    "ambient": (0.3, -0.6),
    "blues": (-0.2, -0.2),
    "bossa nova": (0.5, -0.3),
    "chillout": (0.5, -0.5),
    "classical": (0.2, -0.3),
    "country": (0.4, 0.1),
    "dance": (0.6, 0.7),
    "disco": (0.7, 0.6),
    "drum & bass": (0.2, 0.8),
    "drum and bass": (0.2, 0.8),
    "electronic": (0.3, 0.4),
    "folk": (0.2, -0.2),
    "funk": (0.6, 0.5),
    "gospel": (0.5, 0.2),
    "hardcore": (-0.3, 0.8),
    "hip-hop": (0.1, 0.4),
    "house": (0.5, 0.6),
    "industrial": (-0.5, 0.6),
    "jazz": (0.3, -0.1),
    "latin": (0.6, 0.5),
    "lullaby": (0.5, -0.8),
    "metal": (-0.3, 0.8),
    "new age": (0.4, -0.7),
    "pop": (0.5, 0.4),
    "punk": (0.1, 0.8),
    "r&b": (0.4, 0.0),
    "reggae": (0.6, 0.0),
    "rock": (0.2, 0.5),
    "salsa": (0.7, 0.6),
    "ska": (0.6, 0.6),
    "soul": (0.4, 0.0),
    "swing": (0.6, 0.4),
    "techno": (0.2, 0.7),
    "trance": (0.4, 0.6),
    "trip-hop": (-0.1, -0.2),
}
"""Where a genre lies as a rule: ours, and rough. A mood tag counts before it."""

BPM_WEIGHT = 0.5


def point_from_tags(moods: Iterable[str], genres: Iterable[str], bpm: float | None) -> Point | None:
    """Returns where music lies by its tags: the mean of the mood words known, else of the genres known.

    A genre's arousal is averaged with that of the tempo, if there is one.

    Args:
        moods: Words such as `Calm`, in any case.
        genres: Such as `Drum & Bass`, in any case.
        bpm: Beats per minute; `None` if unknown.

    Returns:
        `None` if no word is known.
    """
    if place := _mean(MOODS, moods):
        return Point(*place)
    if not (place := _mean(GENRES, genres)):
        return None
    valence, arousal = place
    if bpm is not None and bpm > 0:
        tempo = _scaled(math.log2(bpm), math.log2(60), math.log2(180))
        arousal = BPM_WEIGHT * tempo + (1 - BPM_WEIGHT) * arousal
    return Point(valence, arousal)


def _mean(table: dict[str, tuple[float, float]], words: Iterable[str]) -> tuple[float, float] | None:
    places = [table[word.strip().lower()] for word in words if word.strip().lower() in table]
    if not places:
        return None
    return sum(p[0] for p in places) / len(places), sum(p[1] for p in places) / len(places)
