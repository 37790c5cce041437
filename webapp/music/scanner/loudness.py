"""The loudness of an audio file: what its tags say, else as EBU R 128 measures it. Only the scanner imports this."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from webapp.music.sources.audio_tags import AudioError, read_audio
from webapp.music.sources.files import Unreadable

REPLAYGAIN_LUFS = -18.0
"""Loudness to which ReplayGain 2.0 brings a track."""

R128_LUFS = -23.0
"""Loudness to which the tags of Opus files bring a track (RFC 7845)."""

LARGEST_GAIN_DB = 60.0
BLOCK_S = 0.4
STRETCH_S = 30.0
MOST_STRETCHES = 20
"""Of a longer file so many stretches are measured, evenly spaced: a scan must not stand still at a film of hours."""
SILENCE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OVERSAMPLING = 4


@dataclass(frozen=True)
class Loudness:
    """How loud a file is.

    Attributes:
        lufs: Integrated loudness, in LUFS.
        peak_db: True peak, in dB of full scale.
    """

    lufs: float
    peak_db: float


def loudness_of(path: Path) -> Loudness:
    """Returns the loudness by a file's ReplayGain tags, or measures it.

    Raises:
        Unreadable: If there are no tags and libsndfile cannot decode the file (it reads WAV, FLAC, Ogg, Opus and MP3),
            or it is silent or shorter than a measuring block.
    """
    return tagged_loudness(path) or measured_loudness(path)


def tagged_loudness(path: Path) -> Loudness | None:
    """Returns what the tags say: ReplayGain in any format, or an Opus file's `R128_TRACK_GAIN`."""
    try:
        tags = read_audio(path).tags
    except AudioError:
        return None
    gain, peak = _number(tags, "replaygain_track_gain"), _number(tags, "replaygain_track_peak")
    if gain is not None and abs(gain) <= LARGEST_GAIN_DB:
        return Loudness(REPLAYGAIN_LUFS - gain, _decibels(peak) if peak and peak > 0 else 0.0)
    steps = _number(tags, "r128_track_gain")  # 256 of them make a decibel
    if steps is not None and abs(steps) <= 256 * LARGEST_GAIN_DB:
        return Loudness(R128_LUFS - steps / 256, 0.0)
    return None


def _number(tags: Mapping[str, tuple[str, ...]], name: str) -> float | None:
    text = next(iter(tags.get(name, ())), "")
    try:
        number = float(text.lower().removesuffix("db").strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def measured_loudness(path: Path) -> Loudness:
    """Measures integrated loudness and true peak as ITU-R BS.1770-4 and EBU R 128 define them.

    Raises:
        Unreadable: See `loudness_of`.
    """
    import pyloudnorm
    import soundfile

    blocks: list[float] = []
    peak = 0.0
    try:
        with soundfile.SoundFile(path) as file:
            meter = pyloudnorm.Meter(file.samplerate, block_size=BLOCK_S)
            for samples in _stretches(file):
                peak = max(peak, _true_peak(samples, file.samplerate))
                meter.integrated_loudness(samples)
                blocks += meter.blockwise_loudness
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise Unreadable(f"The sound cannot be decoded: {error}") from error
    lufs = _gated(np.array(blocks))
    if lufs is None or peak == 0:
        raise Unreadable("The file is silent or too short to measure its loudness.")
    return Loudness(lufs, _decibels(peak))


def _stretches(file: Any) -> Iterator[np.ndarray]:
    """Yields the file, or evenly spaced parts of a long one: float64 arrays `(num_samples, num_channels)`."""
    length = int(STRETCH_S * file.samplerate)
    num = max(1, math.ceil(file.frames / length))
    for stretch in range(min(num, MOST_STRETCHES)):
        file.seek(stretch * num // min(num, MOST_STRETCHES) * length)
        samples = np.nan_to_num(file.read(length, dtype="float64", always_2d=True)[:, :5])
        if file.channels == 1:  # played by two loudspeakers, so 3 LU louder than one of them
            samples = np.repeat(samples, 2, axis=1)
        if len(samples) >= BLOCK_S * file.samplerate:
            yield samples


def _true_peak(samples: np.ndarray, rate_hz: int) -> float:
    import soxr

    over = soxr.resample(samples.astype(np.float32), rate_hz, OVERSAMPLING * rate_hz, quality="MQ")
    return float(max(np.abs(samples).max(), np.abs(over).max()))


def _gated(blocks: np.ndarray) -> float | None:
    """Returns the integrated loudness of blocks: those that are silent, or much softer than the others, do not count.

    Args:
        blocks: float array `(num_blocks,)`: loudness of each, in LUFS.
    """
    heard = blocks[blocks >= SILENCE_LUFS]
    if not len(heard):
        return None
    loud = heard[heard > _mean(heard) + RELATIVE_GATE_LU]
    return _mean(loud)


def _mean(lufs: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(10 ** (lufs / 10))))


def _decibels(peak: float) -> float:
    return 20 * math.log10(peak)
