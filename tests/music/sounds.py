"""Audio files made with NumPy and the standard library, and free music, if its Debian package is installed."""

from __future__ import annotations

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

RATE_HZ = 22050
GAME_MUSIC = Path("/usr/share/games/neverball/bgm")

# Semitones above C4 of two cadences.
MAJOR = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR = ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7))


def chords(kind, *, seconds: float = 8.0, notes_per_s: float = 1.0, level: float = 0.1) -> np.ndarray:
    """Returns the chords one after another, each struck anew: float32, -1..1."""
    length = int(RATE_HZ / notes_per_s)
    t = np.arange(length) / RATE_HZ
    parts = []
    for number in range(int(seconds * notes_per_s)):
        tones = [261.63 * 2 ** (semitone / 12) for semitone in kind[number // 2 % 4]]
        sound = sum(np.sin(2 * np.pi * tone * k * t) / k for tone in tones for k in (1, 2, 3))
        parts.append(sound * np.exp(-3 * t * notes_per_s) * level)
    return np.clip(np.concatenate(parts), -1, 1).astype(np.float32)


def cheerful(seconds: float = 8.0) -> np.ndarray:
    return chords(MAJOR, seconds=seconds, notes_per_s=5.0, level=0.25)


def gloomy(seconds: float = 8.0) -> np.ndarray:
    return chords(MINOR, seconds=seconds, notes_per_s=0.5, level=0.02)


def write_wav(path: Path, samples: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def write_tagged(path: Path, samples: np.ndarray, **tags: str) -> Path:
    """Writes a FLAC file with tags."""
    import soundfile
    from mutagen.flac import FLAC

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE_HZ, format="FLAC")
    file = FLAC(path)
    file.update(tags)
    file.save()
    return path


def copy_tagged(song: Path, to: Path, **tags: str) -> Path:
    """Copies an Ogg Vorbis file and tags the copy."""
    from mutagen.oggvorbis import OggVorbis

    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(song, to)
    file = OggVorbis(to)
    file.update(tags)
    file.save()
    return to


def game_music() -> list[Path]:
    found = sorted(GAME_MUSIC.glob("*.ogg"))
    if not found:
        pytest.skip("no free music on this machine (Debian: apt-get install neverball-common)")
    return found
