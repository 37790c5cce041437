"""Length and tags of an audio file, within bounds of memory and time whatever the file holds."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinytag import TinyTag

MAX_READS = 300_000
BYTES_PER_READ = 1_000
"""Reads that a parser may make, more in large files alone. An Ogg file takes three for each page of about 4 KB; in a
large file that is no MP3, tinytag would look for one four bytes at a time."""

MAX_BYTES_READ = 64 * 1024 * 1024
"""Bytes that a parser may read in all: tags and the pictures among them, not the sound."""

MAX_MPEG_SEARCH_BYTES = 1024 * 1024
NUM_FRAMES_IN_A_ROW = 3
"""An MP3 begins where so many frames follow one another: two bytes that look like a frame's are in any large file."""

NUM_ADTS_FRAMES = 2_000
"""Frames of an AAC file that are read, about 45 s; the length of a longer one is estimated from them."""

MAX_OGG_PAGE_BYTES = 65_307
ID3_HEADER_BYTES = 10
ID3V1_BYTES = 128
ADTS_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
MPEG_RATES_HZ = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}
MPEG_FRAME_START = re.compile(rb"\xff(?=[\xe2-\xff][\x10-\xef])")
LAYER_1, LAYER_2, LAYER_3 = 3, 2, 1
_LOW_KBIT_S = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
MPEG_KBIT_S = {
    (True, LAYER_1): tuple(range(32, 449, 32)),
    (True, LAYER_2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, LAYER_3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, LAYER_1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, LAYER_2): _LOW_KBIT_S,
    (False, LAYER_3): _LOW_KBIT_S,
}


LOUDNESS_TAGS = ("replaygain_track_gain", "replaygain_track_peak", "r128_track_gain")

NO_AUDIO = "The file is no audio file."


class AudioError(Exception):
    """A file that is no audio file as far as one can tell; the message is for people."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself.

    Attributes:
        length_s: Length of the sound, > 0.
        tags: Values of each tag as they stand in the file: `title`, `artist`, `album`, `genre`, `mood`, `bpm`, and
            those of `LOUDNESS_TAGS`.
    """

    length_s: float
    tags: Mapping[str, tuple[str, ...]]


class _BoundedFile(io.BufferedReader):
    """A file that is read only so often and so far."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.num_bytes = self.seek(0, io.SEEK_END)
        self.seek(0)
        self._reads_left = max(MAX_READS, self.num_bytes // BYTES_PER_READ)
        self._bytes_left = MAX_BYTES_READ

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0 or self._bytes_left < 0:
            raise AudioError("The file cannot be read: its tags are too large, or made of too many parts.")
        wanted = self._bytes_left + 1 if size is None or size < 0 else min(size, self._bytes_left + 1)
        data = super().read(wanted)
        self._bytes_left -= len(data)
        return data


def read_audio(path: Path) -> AudioInfo:
    """Reads length and tags of a file in one of the formats that browsers play.

    Raises:
        AudioError: If it is no audio file, damaged, or built to be read without end.
    """
    try:
        with _BoundedFile(path) as file:
            info = _read_adts(file) if path.suffix.lower() == ".aac" else _read_tagged(file)
    except OSError as error:
        raise AudioError(f"The file cannot be read: {error.strerror or 'damaged'}.") from error
    if info.length_s <= 0:
        raise AudioError("The file holds no sound.")
    return info


def _read_tagged(file: _BoundedFile) -> AudioInfo:
    if file.read(1) == b"\xff":
        _require_mpeg_frames(file)
    found = _parse(file)
    if found is None or found.mime_type == "audio/mpeg":
        _require_mpeg_frames(file)
    found = found or _parse(file, "x.mp3")  # an MP3 that begins with something else
    if found is None:
        raise AudioError(NO_AUDIO)
    length_s = found.duration or 0.0
    if not length_s and found.samplerate and (found.mime_type or "").startswith("audio/ogg"):
        length_s = _last_ogg_position(file) / found.samplerate  # FLAC in Ogg, written as a stream
    return AudioInfo(
        length_s,
        {
            "title": _values([found.title], found.other.get("title")),
            "artist": _values([found.artist], found.other.get("artist")),
            "album": _values([found.album], found.other.get("album")),
            "genre": _values([found.genre], found.other.get("genre")),
            "mood": _values(found.other.get("mood"), found.other.get("tmoo")),  # TMOO: ID3's frame for moods
            "bpm": _values(found.other.get("bpm")),
            **{name: _values(found.other.get(name)) for name in LOUDNESS_TAGS},
        },
    )


def _parse(file: _BoundedFile, name: str | None = None) -> TinyTag | None:
    """Reads a file in the format that its content shows, or a name; `None` if the content shows none."""
    from tinytag import TinyTag
    from tinytag.tinytag import TinyTagException, UnsupportedFormatError

    file.seek(0)
    try:
        return TinyTag.get(name, file_obj=file)
    except UnsupportedFormatError:
        return None
    except TinyTagException as error:
        if isinstance(error.__cause__, AudioError):
            raise error.__cause__ from None
        raise AudioError("The file cannot be read: it is damaged or cut short.") from error


def _values(*sources: Iterable[str | None] | None) -> tuple[str, ...]:
    """Returns the values that there are; ID3 joins several with zero bytes, in UTF-16 with a mark before each."""
    texts = [
        text.strip("\ufeff")
        for source in sources
        for value in source or ()
        for text in (value or "").split("\0")
    ]
    return tuple(text for text in texts if text)


def _skip_id3(file: _BoundedFile) -> None:
    file.seek(0)
    header = file.read(ID3_HEADER_BYTES)
    if header[:3] != b"ID3" or len(header) < ID3_HEADER_BYTES:
        file.seek(0)
        return
    size = 0
    for byte in header[6:]:
        size = size << 7 | byte & 0x7F
    file.seek(ID3_HEADER_BYTES + size)


def _last_ogg_position(file: _BoundedFile) -> int:
    """Returns the position of the last page (RFC 3533, 6) in samples; 0 if there is none."""
    file.seek(max(0, file.num_bytes - MAX_OGG_PAGE_BYTES))
    data = file.read()
    at = data.rfind(b"OggS")
    return max(0, int.from_bytes(data[at + 6 : at + 14], "little", signed=True)) if at >= 0 else 0


def _require_mpeg_frames(file: _BoundedFile) -> None:
    """Refuses a file in which no frames follow one another, three in a row or up to its end."""
    _skip_id3(file)
    start = file.tell()
    data = file.read(MAX_MPEG_SEARCH_BYTES)
    at_end = start + len(data) >= file.num_bytes
    for start_of_frame in MPEG_FRAME_START.finditer(data):
        num_frames, after = 0, start_of_frame.start()
        while num_frames < NUM_FRAMES_IN_A_ROW and (length := _mpeg_frame_bytes(data[after : after + 4])):
            num_frames, after = num_frames + 1, after + length
        if num_frames == NUM_FRAMES_IN_A_ROW or num_frames and at_end and after >= len(data) - ID3V1_BYTES:
            return
    raise AudioError(NO_AUDIO)


def _mpeg_frame_bytes(header: bytes) -> int:
    """Returns the length of an MPEG frame (ISO 11172-3, 2.4.1.3) by its header; 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer, rate, padding = (
        header[1] >> 3 & 3,
        header[1] >> 1 & 3,
        header[2] >> 2 & 3,
        header[2] >> 1 & 1,
    )
    rates = MPEG_RATES_HZ.get(version, ())
    kbit_s = (0, *MPEG_KBIT_S.get((version == 3, layer), ()), 0)
    if rate >= len(rates) or header[2] >> 4 >= len(kbit_s):
        return 0
    bytes_per_s = kbit_s[header[2] >> 4] * 125
    if not bytes_per_s:
        return 0
    if layer == LAYER_1:
        return (96 * bytes_per_s // rates[rate] + padding) * 4
    num_samples = 576 if layer == LAYER_3 and version != 3 else 1152
    return num_samples * bytes_per_s // rates[rate] + padding


def _read_adts(file: _BoundedFile) -> AudioInfo:
    """Reads an AAC file, a row of frames with seven bytes of header each (ISO 13818-7, 6.2); it has no tags."""
    _skip_id3(file)
    start = after = file.tell()
    num_samples = rate_hz = 0
    for _ in range(NUM_ADTS_FRAMES):
        header = file.read(7)
        if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
            break
        length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
        rate = header[2] >> 2 & 15
        if rate >= len(ADTS_RATES_HZ) or length < 7:
            break
        rate_hz = ADTS_RATES_HZ[rate]
        num_samples += 1024 * ((header[6] & 3) + 1)
        after = file.seek(after + length)
    else:
        num_samples = round(num_samples * (file.num_bytes - start) / (after - start))
    if not rate_hz:
        raise AudioError(NO_AUDIO)
    return AudioInfo(num_samples / rate_hz, {})
