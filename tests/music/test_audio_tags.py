"""Length and tags of audio files, beside what mutagen reads of them; and files that only look like audio."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen import id3

from tests.music import sounds
from webapp.music.sources import audio_tags
from webapp.music.sources.audio_tags import AudioError, read_audio
from webapp.music.sources.files import read_tags

FORMATS = {
    "a.mp3": ("MP3", "MPEG_LAYER_III"),
    "a.flac": ("FLAC", "PCM_16"),
    "a.ogg": ("OGG", "VORBIS"),
    "a.opus": ("OGG", "OPUS"),
    "a.wav": ("WAV", "PCM_16"),
    "flac by content.oga": ("FLAC", "PCM_16"),
    "vorbis by content.mp3": ("OGG", "VORBIS"),
}
SECONDS = 3


def write(path: Path) -> Path:
    container, codec = FORMATS[path.name]
    rate = 48000 if codec == "OPUS" else 44100
    tone = np.sin(np.arange(SECONDS * rate) / 20).astype(np.float32) * 0.2
    soundfile.write(path, tone, rate, format=container, subtype=codec)
    return path


def adts(num_frames: int, *, rate: int = 4, payload: int = 200) -> bytes:
    """AAC frames without sound in them; rate 4 is 44.1 kHz."""
    length = 7 + payload
    header = bytes(
        [0xFF, 0xF1, 0x40 | rate << 2, 0x80 | length >> 11, length >> 3 & 255, (length & 7) << 5 | 0x1F, 0xFC]
    )
    return (header + bytes(payload)) * num_frames


def atom(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def mp4(seconds: float, **tags: bytes) -> bytes:
    """An M4A with nothing but its length and its tags."""
    mvhd = atom(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, round(seconds * 1000)), bytes(80))
    entries = [
        atom(name.encode("latin-1"), atom(b"data", struct.pack(">II", 1, 0), text))
        for name, text in tags.items()
    ]
    mood = atom(
        b"----",
        atom(b"mean", bytes(4), b"com.apple.iTunes"),
        atom(b"name", bytes(4), b"MOOD"),
        atom(b"data", struct.pack(">II", 1, 0), b"Happy"),
    )
    meta = atom(b"meta", bytes(4), atom(b"ilst", *entries, mood))
    return (
        atom(b"ftyp", b"M4A \0\0\0\0M4A ")
        + atom(b"moov", mvhd, atom(b"udta", meta))
        + atom(b"mdat", bytes(500))
    )


@pytest.mark.parametrize("name", FORMATS)
def test_the_length_is_what_mutagen_says(tmp_path, name):
    path = write(tmp_path / name)
    assert read_audio(path).length_s == pytest.approx(mutagen.File(path).info.length, abs=0.05)
    assert read_audio(path).length_s == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize(
    "name", ["a.flac", "a.ogg", "a.opus", "flac by content.oga", "vorbis by content.mp3"]
)
def test_vorbis_comments_keep_all_their_values(tmp_path, name):
    path = write(tmp_path / name)
    file = mutagen.File(path)
    file.update({"title": ["Tïtle ☂", "second"], "mood": ["sad", "calm"], "genre": "Jazz", "BPM": "77"})
    file.save()
    tags = read_audio(path).tags
    assert tags["title"] == ("Tïtle ☂", "second")
    assert tags["mood"] == ("sad", "calm")
    assert (tags["genre"], tags["bpm"], tags["artist"]) == (("Jazz",), ("77",), ())


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("encoding", [id3.Encoding.LATIN1, id3.Encoding.UTF16, id3.Encoding.UTF8])
def test_id3_tags_of_an_mp3(tmp_path, version, encoding):
    path = write(tmp_path / "a.mp3")
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding, ["Tïtle"]))
    tags.add(id3.TPE1(encoding, ["Ann", "Bob"]))
    tags.add(id3.TMOO(encoding, ["sad", "calm"]))
    tags.add(id3.TCON(encoding, ["17"]))
    tags.add(id3.TBPM(encoding, ["99.5"]))
    tags.add(id3.APIC(encoding, "image/png", 3, "", bytes(300_000)))
    tags.save(path, v2_version=version, v23_sep=None)
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.bpm) == ("Tïtle", "Ann", 99.5)
    assert tags.duration_s == pytest.approx(SECONDS, abs=0.1)
    assert tags.point.valence == pytest.approx(-0.065)  # as of `sad; calm` in test_folder
    assert read_audio(path).tags["genre"] == ("Rock",)


def test_tags_that_were_not_read_before(tmp_path):
    """Moods under names of ones own, and the tags of WAV files."""
    mp3, wav = write(tmp_path / "a.mp3"), write(tmp_path / "a.wav")
    tags = id3.ID3()
    tags.add(id3.TXXX(3, "MOOD", ["happy"]))
    tags.save(mp3)
    info = b"INFOINAM\x06\0\0\0Title\0IART\x04\0\0\0Ann\0"
    wav.write_bytes(wav.read_bytes() + b"LIST" + struct.pack("<I", len(info)) + info)
    assert read_audio(mp3).tags["mood"] == ("happy",)
    assert (read_tags(wav).title, read_tags(wav).artist) == ("Title", "Ann")


def test_an_m4a(tmp_path):
    path = tmp_path / "a.m4a"
    path.write_bytes(mp4(7.3, **{"\xa9nam": "Müsik".encode(), "\xa9ART": b"Ann", "\xa9gen": b"Jazz"}))
    found = read_audio(path)
    assert (found.length_s, found.tags["title"], found.tags["mood"]) == (7.3, ("Müsik",), ("Happy",))


@pytest.mark.parametrize("before", [b"", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)])
def test_the_length_of_an_aac_file(tmp_path, before):
    path = tmp_path / "a.aac"
    path.write_bytes(before + adts(430))
    assert read_audio(path).length_s == pytest.approx(430 * 1024 / 44100)


def test_the_length_of_a_long_aac_file_is_estimated_from_its_beginning(tmp_path):
    path = tmp_path / "a.aac"
    path.write_bytes(adts(audio_tags.NUM_ADTS_FRAMES * 3))
    assert read_audio(path).length_s == pytest.approx(6000 * 1024 / 44100)


def test_flac_in_ogg_that_was_written_as_a_stream(tmp_path):
    """Its header has no length then; the last page does."""
    path = tmp_path / "a.oga"
    info = struct.pack(">HH3s3sQ16s", 4096, 4096, bytes(3), bytes(3), 44100 << 44 | 15 << 36, bytes(16))
    first = b"\x7fFLAC\x01\0\0\x01fLaC" + b"\x80\0\0\x22" + info

    def page(packet: bytes, position: int, kind: int, number: int) -> bytes:
        return b"OggS" + struct.pack("<BBqIIIBB", 0, kind, position, 1, number, 0, 1, len(packet)) + packet

    path.write_bytes(
        page(first, 0, 2, 0) + page(b"\x84\0\0\x08" + bytes(8), 0, 0, 1) + page(bytes(99), 88200, 4, 2)
    )
    assert read_audio(path).length_s == 2.0


def test_an_mp3_after_other_bytes_is_found(tmp_path):
    path = write(tmp_path / "a.mp3")
    path.write_bytes(bytes(3000) + path.read_bytes())
    assert read_audio(path).length_s == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.ogg", "a.flac", "a.wav", "a.opus", "a.aac"])
@pytest.mark.parametrize("content", ["nothing", "text", "noise", "zeros", "sync bytes", "frames' starts"])
def test_what_is_no_audio_is_refused_quickly_and_for_people(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(
        {
            "nothing": b"",
            "text": b"this is no music " * 200_000,
            "noise": np.random.default_rng(5).bytes(8_000_000),
            "zeros": bytes(30_000_000),
            "sync bytes": b"\xff" * 3_000_000,
            "frames' starts": b"\xff\xfb\x90\x64" * 700_000,
        }[content]
    )
    started_s = time.process_time()
    with pytest.raises(
        AudioError, match=r"^The file (is no audio file|cannot be read: .*|holds no sound)\.$"
    ):
        read_audio(path)
    assert time.process_time() - started_s < 2


def test_a_header_alone_does_not_make_an_mp3(tmp_path):
    """One frame's four bytes are in any large file; tinytag takes them for a frame."""
    path = tmp_path / "a.mp3"
    path.write_bytes((b"\xff\xfb\x90\x64" + b"\x41" * 3000) * 20)
    with pytest.raises(AudioError, match="no audio file"):
        read_audio(path)


def test_a_parser_is_stopped_that_reads_on_and_on(tmp_path, monkeypatch):
    monkeypatch.setattr(audio_tags, "MAX_READS", 5)
    path = write(tmp_path / "a.ogg")
    with pytest.raises(AudioError, match="too many parts"):
        read_audio(path)


def test_a_parser_is_stopped_that_reads_too_far(tmp_path, monkeypatch):
    path = write(tmp_path / "a.ogg")
    file = mutagen.File(path)
    file["metadata_block_picture"] = "A" * 400_000
    file.save()
    assert read_audio(path).length_s > 0
    monkeypatch.setattr(audio_tags, "MAX_BYTES_READ", 100_000)
    with pytest.raises(AudioError, match="too large"):
        read_audio(path)


def test_real_music_is_read_as_mutagen_reads_it():
    for song in sounds.game_music():
        assert read_audio(song).length_s == pytest.approx(mutagen.File(song).info.length, abs=0.001)
