"""Hears the mood of an audio file with librosa, which only the scanner's process imports, never the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from webapp.music.mood_estimation import Sound
from webapp.music.sources.files import Unreadable

EXCERPT_S = 30.0
RATE_HZ = 22050


def listen(path: Path) -> Sound:
    """Measures half a minute from the middle of a file.

    Raises:
        Unreadable: If it cannot be decoded (libsndfile reads WAV, FLAC, Ogg, Opus and MP3), or is silent.
    """
    samples = _excerpt(path)
    if len(samples) < RATE_HZ:
        raise Unreadable("The file is too short to hear its mood.")
    loudness = float(np.sqrt(np.mean(samples**2)))
    if loudness < 1e-5:
        raise Unreadable("The file is silent, so its mood cannot be heard.")
    return measure(samples, 20 * float(np.log10(loudness)))


def measure(samples: np.ndarray, loudness_db: float) -> Sound:
    """Returns what librosa measures.

    Args:
        samples: float32 array `(num_samples,)` at 22,050 Hz, mono.
        loudness_db: See `Sound`.
    """
    import librosa

    spectrum = np.abs(librosa.stft(samples))
    onsets = librosa.onset.onset_strength(S=librosa.amplitude_to_db(spectrum, ref=np.max), sr=RATE_HZ)
    num_onsets = len(librosa.onset.onset_detect(onset_envelope=onsets, sr=RATE_HZ))
    chroma = librosa.feature.chroma_stft(S=spectrum**2, sr=RATE_HZ, tuning=0.0)
    return Sound(
        tempo_bpm=float(np.atleast_1d(librosa.feature.tempo(onset_envelope=onsets, sr=RATE_HZ))[0]),
        onsets_per_s=num_onsets / (len(samples) / RATE_HZ),
        loudness_db=loudness_db,
        brightness_hz=float(np.mean(librosa.feature.spectral_centroid(S=spectrum, sr=RATE_HZ))),
        chroma=tuple(float(value) for value in chroma.mean(axis=1)),
    )


def _excerpt(path: Path) -> np.ndarray:
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(path) as file:
            wanted = int(EXCERPT_S * file.samplerate)
            file.seek(max(0, (file.frames - wanted) // 2))
            samples: Any = file.read(wanted, dtype="float32", always_2d=True).mean(axis=1)
            rate = file.samplerate
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise Unreadable(f"The sound cannot be decoded: {error}") from error
    return soxr.resample(np.nan_to_num(samples), rate, RATE_HZ)
