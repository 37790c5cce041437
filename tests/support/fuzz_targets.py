"""What reads bytes of visitors and strangers, as functions to be fuzzed: whatever they raise is a mistake of ours.

`tests/fuzz/test_targets.py` gives them some hundred inputs, `make fuzz` as many as its time allows.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engineio.packet import Packet
from engineio.payload import Payload

from webapp.concurrency.engine_io import StrictJson
from webapp.concurrency.strict_packets import MalformedMessageError, StrictPacket
from webapp.concurrency.websocket import MAX_TEXT_BYTES, WebSocket
from webapp.errors import AppError
from webapp.live.protocol import parse_faces, parse_frame, parse_settings
from webapp.music.catalogue.import_export import read_file
from webapp.music.sources.addresses import resolve_address, split_address
from webapp.music.sources.embeds import FRAME_HOSTS, parse_embed
from webapp.music.sources.files import Unreadable, read_tags
from webapp.recognition.imaging import decode_image
from webapp.recognition.photo_decoding import decode_photo
from webapp.settings import Settings
from webapp.web.origins import Hosts, check_origin, resolve

MAX_PIXELS = 1_000_000
MAX_MESSAGE_BYTES = 64 * 1024
SUFFIXES = (".xspf", ".m3u", ".m3u8", ".pls", ".json")
SOUNDS = (".mp3", ".flac", ".ogg", ".opus", ".wav", ".m4a", ".aac")
SETTINGS = Settings.from_env({"ASYNC_MODE": "threading"})
HOSTS = Hosts.of(SETTINGS)


class _EnginePacket(Packet):
    json = StrictJson


class _EnginePayload(Payload):
    pass


class _Engine:
    max_http_buffer_size = MAX_MESSAGE_BYTES


class _Unhurried:
    """Stands for the pace: a fuzzer has no visitors to be fair to."""

    def pause_s(self, now_s: float, num_bytes: int = 0) -> float:
        return 0.0

    def is_noticed(self, now_s: float) -> bool:
        return False


class _Wire:
    """A socket that has received some bytes, and then the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.sent = 0

    def recv(self, size: int) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return piece

    def sendall(self, data: bytes) -> None:
        self.sent += len(data)

    def shutdown(self, _how: int) -> None:
        pass


def websocket(data: bytes) -> None:
    """Frames on the wire, after the handshake, with all that is read of their messages."""
    received: list[str | bytes] = []

    def handle(socket: WebSocket) -> None:
        socket._pace = _Unhurried()  # type: ignore[assignment]
        while (message := socket.wait()) is not None:
            received.append(message)

    environ = {
        "HTTP_HOST": "localhost", "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "gunicorn.socket": _Wire(data),
    }  # fmt: skip
    with contextlib.suppress(StopIteration):
        WebSocket(handle, _Engine)(environ, lambda *_: None)
    for message in received:
        limit = MAX_TEXT_BYTES if isinstance(message, str) else MAX_MESSAGE_BYTES
        assert len(message) <= limit
        _packet(message)


def packet(data: bytes) -> None:
    """A message of a websocket, or the body of a poll: packets of Engine.IO and in them of Socket.IO."""
    text = data.decode("utf-8", "replace")
    if text[:1] in "12345":
        _packet(text)
    with contextlib.suppress(ValueError):  # which Engine.IO answers with 400
        for one in _EnginePayload(encoded_payload=text).packets:
            _event(one.data)


def _packet(message: str | bytes) -> None:
    if message:
        _event(_EnginePacket(encoded_packet=message).data)


def _event(message: Any) -> None:
    try:
        event = StrictPacket(encoded_packet=message)
    except MalformedMessageError:
        return
    for number in range(event.attachment_count or 0):
        event.add_attachment(bytes([number]))
    if isinstance(event.data, list):
        _arguments(event.data[1:])


def arguments(data: bytes) -> None:
    """The arguments of an event as JSON, then a line break, then the binary one."""
    head, _, binary = data.partition(b"\n")
    try:
        listed = json.loads(head)
    except (ValueError, RecursionError):
        return
    if isinstance(listed, list):
        _arguments([*listed, binary])
    _arguments([listed, binary])
    _arguments([listed])


def _arguments(listed: list[Any]) -> None:
    for parse in (
        lambda: parse_frame(listed, max_bytes=1000),
        lambda: parse_faces(listed, max_faces=16, crop_bytes=48 * 48),
        lambda: parse_settings(listed, max_side=256),
    ):
        with contextlib.suppress(AppError):
            parse()


def frame_image(data: bytes) -> None:
    """A live frame's picture."""
    with contextlib.suppress(AppError):
        image = decode_image(data, max_pixels=MAX_PIXELS)
        assert image.shape[0] * image.shape[1] <= MAX_PIXELS


def photo(data: bytes) -> None:
    """An uploaded photo in any format."""
    with contextlib.suppress(AppError):
        decode_photo(data, max_bytes=MAX_MESSAGE_BYTES, max_pixels=MAX_PIXELS)


def playlist(data: bytes) -> None:
    """A playlist file; its first byte chooses the format."""
    name = f"list{SUFFIXES[data[0] % len(SUFFIXES)]}" if data else "list.m3u"
    with contextlib.suppress(AppError):
        for item in read_file(name, data[1:]).items:
            address(item.location.encode("utf-8", "replace"))


def tags(data: bytes) -> None:
    """The tags of an audio file; the first byte chooses the suffix."""
    suffix = SOUNDS[data[0] % len(SOUNDS)] if data else ".mp3"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data[1:])
        file.flush()
        with contextlib.suppress(Unreadable):
            read_tags(Path(file.name))


def address(data: bytes) -> None:
    """A pasted address, or a line of a list of stations."""
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(AppError):
        frame = parse_embed(text)
        if frame is not None:
            parts = urlsplit(frame.frame)
            assert f"{parts.scheme}://{parts.netloc}" in FRAME_HOSTS
            assert not set(frame.frame) & set("\"'<> \n")
    found = resolve_address("http://radio.example/list.m3u", text)
    assert found is None or split_address(found) is not None


def headers(data: bytes) -> None:
    """The headers that say where a request comes from and whom it asks for, a line for each."""
    names = ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST",
             "HTTP_X_FORWARDED_PROTO", "PATH_INFO")  # fmt: skip
    given = dict(zip(names, data.decode("latin-1").split("\n"), strict=False))
    environ = {"REQUEST_METHOD": "POST", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", **given}
    with contextlib.suppress(AppError):
        check_origin(resolve(environ, SETTINGS.trusted_proxies, HOSTS))


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (websocket, packet, arguments, frame_image, photo, playlist, tags, address, headers)
}
