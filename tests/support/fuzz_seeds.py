"""Good input of each target of `fuzz_targets.py`, from which fuzzing begins."""

from __future__ import annotations

import io
import wave

from tests.support.fuzz_targets import SUFFIXES
from tests.support.mutations import originals
from tests.support.photos import encode
from tests.support.raw_websocket import frame

FRAME = b'51-/live,7["frame",{"seq":1,"t_ms":2},{"_placeholder":true,"num":0}]'
XSPF = (
    b'<?xml version="1.0" encoding="utf-8"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><title>A</title>'
    b"<trackList><track><location>http://radio.example/x</location><title>T</title></track></trackList></playlist>"
)
JSON = (
    b'{"format":"countenance-playlist","version":1,"name":"A","point":{"valence":0.5,"arousal":-1},'
    b'"tracks":[{"location":"http://radio.example/x","title":"T","artist":"B"}]}'
)
M3U = b"#EXTM3U\n#PLAYLIST:A\n#EXTINF:1,B - T\nhttp://radio.example/x\nhttps://youtu.be/dQw4w9WgXcQ?si=x\n"
PLS = b"[playlist]\nFile1=http://radio.example/x\nTitle1=T\nNumberOfEntries=1\n"
LISTS = {".xspf": XSPF, ".json": JSON, ".m3u": M3U, ".m3u8": M3U, ".pls": PLS}


def _wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4000))
    return file.getvalue()


ID3 = b"ID3\x03\x00\x00\x00\x00\x00\x15TIT2\x00\x00\x00\x05\x00\x00\x00SongTPE1\x00\x00\x00\x00"
MPEG = (b"\xff\xfb\x90\x64" + bytes(413)) * 4
FLAC = (
    b"fLaC\x80\x00\x00\x22" + b"\x10\x00\x10\x00" + bytes(6) + b"\x0a\xc4\x42\xf0\x00\x00\x56\x22" + bytes(16)
)
OGG = (
    b"OggS\x00\x02" + bytes(8) + b"\x01\x00\x00\x00" + bytes(8) + b"\x01\x1e\x01vorbis"
    + b"\x00\x00\x00\x00\x02\x44\xac\x00\x00" + bytes(12) + b"\xb8\x01"
)  # fmt: skip

SEEDS: dict[str, tuple[bytes, ...]] = {
    "websocket": (
        frame(1, b"40/live,") + frame(1, b"4" + FRAME) + frame(2, b"jpeg"),
        frame(9, b"hello") + frame(1, b"42", fin=False) + frame(0, b'/live,["settings",{}]') + frame(8, b"\x03\xe8"),
    ),
    "packet": (
        b"40/live,", b"4" + FRAME, b'42/live,3["settings",{"smoothing_s":0.2}]', b'43/live,5[]', b"41/live,",
        b'4["settings",{}]', b"3",
        b'40/live,{"token":"x"}\x1e42/live,["leave"]\x1ebaGVsbG8=',
    ),
    "arguments": (
        b'{"seq":1,"t_ms":2.5}\njpeg', b'[{"seq":1,"t_ms":2}]\njpeg',
        b'[{"seq":1,"t_ms":2,"boxes":[[0.1,0.2,0.3,0.4]]}]\n' + bytes(48 * 48),
        b'{"smoothing_s":0.5,"detect_side":128}',
    ),
    "frame_image": (encode("JPEG"), encode("PNG"), encode("WEBP")),
    "photo": originals(),
    "playlist": tuple(bytes([number]) + LISTS[suffix] for number, suffix in enumerate(SUFFIXES)),
    "tags": (b"\x00" + ID3 + MPEG, b"\x00" + MPEG, b"\x01" + FLAC, b"\x02" + OGG, b"\x04" + _wav()),
    "address": (
        b"http://radio.example:8000/live", b"https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL0123456789ab",
        b"https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M", b"//[::1]/x", b"../a.mp3",
        b"https://music.apple.com/us/album/x/1440857781?i=1440857786", b"https://soundcloud.com/some-one/sets/a_list",
    ),
    "headers": (
        b"localhost:8000\nhttp://localhost:8000\nsame-origin", b"[::1]:8000\nnull",
        b"x\n\n\n1.2.3.4, [::1]:80, 127.0.0.1\nfaces.example.org\nhttps\n/socket.io/",
    ),
}  # fmt: skip
