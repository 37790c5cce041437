"""How loud files are: measured against signals of known loudness, and read from tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.music import sounds
from tests.music.test_folder import deaf, folder, scan  # noqa: F401
from webapp.music.scanner import loudness
from webapp.music.scanner.loudness import Loudness, loudness_of, measured_loudness
from webapp.music.sources.files import Unreadable

RATE_HZ = 48_000


def sine(amplitude: float, *, hz: float = 997.0, seconds: float = 5.0, phase: float = 0.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ + phase)


def write(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_24")
    return path


def test_a_sine_of_997_hz_at_full_scale_has_minus_three_lufs_in_one_channel(tmp_path):
    """ITU-R BS.1770-4, Annex 1: 0 dBFS, 997 Hz, one front channel reads -3.01 LKFS."""
    left = measured_loudness(write(tmp_path / "left.wav", np.stack([sine(0.1), 0 * sine(0.1)], axis=1)))
    assert left.lufs == pytest.approx(-23.01, abs=0.15)
    assert left.peak_db == pytest.approx(-20, abs=0.1)
    both = measured_loudness(write(tmp_path / "both.wav", np.stack([sine(0.1), sine(0.1)], axis=1)))
    assert both.lufs == pytest.approx(-20, abs=0.15)


def test_a_file_of_one_channel_counts_as_two_loudspeakers_play_it(tmp_path):
    assert measured_loudness(write(tmp_path / "mono.wav", sine(0.1))).lufs == pytest.approx(-20, abs=0.15)


def test_a_peak_between_the_samples_counts(tmp_path):
    """At a quarter of the sampling rate and a phase of 45 degrees every sample is 3 dB below the peak."""
    wave = sine(0.5, hz=RATE_HZ / 4, phase=np.pi / 4)
    assert np.abs(wave).max() == pytest.approx(0.354, abs=0.001)
    assert measured_loudness(write(tmp_path / "a.wav", wave)).peak_db == pytest.approx(-6.02, abs=0.4)


def test_silence_between_the_music_does_not_make_it_softer(tmp_path):
    """EBU R 128's gates: 20 s at -20 LUFS and 20 s of silence are -20 LUFS."""
    quiet = np.concatenate([sine(0.1, seconds=20), np.zeros(20 * RATE_HZ), sine(0.0005, seconds=10)])
    assert measured_loudness(write(tmp_path / "a.wav", quiet)).lufs == pytest.approx(-20, abs=0.2)


def test_stretches_of_a_long_file_stand_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(loudness, "STRETCH_S", 2.0)
    monkeypatch.setattr(loudness, "MOST_STRETCHES", 3)
    parts = [sine(level, seconds=2) for level in (0.1, 0.9, 0.1, 0.9, 0.1, 0.9)]
    # The first, third and fifth of six are measured.
    assert measured_loudness(write(tmp_path / "a.wav", np.concatenate(parts))).lufs == pytest.approx(
        -20, abs=0.3
    )


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ), np.full(1000, 0.5)], ids=["silence", "20 ms"])
def test_what_cannot_be_measured_is_said(tmp_path, samples):
    with pytest.raises(Unreadable, match="silent or too short"):
        measured_loudness(write(tmp_path / "a.wav", samples))


def test_replaygain_tags_are_believed(tmp_path):
    path = sounds.write_tagged(
        tmp_path / "a.flac", sounds.cheerful(2), replaygain_track_gain="-7.50 dB", replaygain_track_peak="0.5"
    )
    assert loudness_of(path) == Loudness(lufs=-10.5, peak_db=pytest.approx(-6.02, abs=0.01))


def test_replaygain_in_id3_tags_is_found_whatever_its_case(tmp_path):
    from mutagen.id3 import TXXX
    from mutagen.wave import WAVE

    path = sounds.write_wav(tmp_path / "a.wav", sounds.cheerful(2))
    file = WAVE(path)
    file.add_tags()
    file.tags.add(TXXX(encoding=3, desc="REPLAYGAIN_TRACK_GAIN", text="+2 dB"))
    file.save()
    assert loudness_of(path) == Loudness(lufs=-20.0, peak_db=0.0)


def test_an_opus_files_own_tag_is_believed(tmp_path):
    from mutagen.oggopus import OggOpus

    path = tmp_path / "a.opus"
    soundfile.write(path, sine(0.1), RATE_HZ, format="OGG", subtype="OPUS")
    file = OggOpus(path)
    file["R128_TRACK_GAIN"] = str(-5 * 256)
    file.save()
    assert loudness_of(path).lufs == -18.0


@pytest.mark.parametrize("gain", ["loud", "nan dB", "900 dB", ""])
def test_a_tag_that_makes_no_sense_is_measured_instead(tmp_path, gain):
    path = sounds.write_tagged(tmp_path / "a.flac", sounds.cheerful(2), replaygain_track_gain=gain)
    assert loudness_of(path) == measured_loudness(path)


def test_a_scan_measures_every_file_once_and_anew_when_it_changes(visitor, folder, deaf):  # noqa: F811
    def measured():
        return {title: track["details"] for title, track in scan(visitor, folder).items()}

    first = measured()
    assert set(first["Sun"]) == {"loudness_lufs", "peak_db"}
    assert -40 < first["Sun"]["loudness_lufs"] < -5
    assert first["broken"] == {}
    assert (measured(), visitor.get("/music/scan")["num_done"]) == (first, 0)
    sounds.write_tagged(folder / "Bright" / "a.flac", 0.1 * sounds.cheerful(3), title="Sun", mood="Happy")
    assert measured()["Sun"]["loudness_lufs"] == pytest.approx(first["Sun"]["loudness_lufs"] - 20, abs=1)


def test_a_file_that_cannot_be_measured_is_not_tried_again(visitor, folder, deaf, monkeypatch):  # noqa: F811
    monkeypatch.setattr(
        "webapp.music.scanner.scan.loudness_of", lambda path: (_ for _ in ()).throw(Unreadable("no"))
    )
    assert scan(visitor, folder)["Sun"]["details"] == {"loudness_lufs": None, "peak_db": None}
    scan(visitor, folder)
    assert visitor.get("/music/scan")["num_done"] == 0
