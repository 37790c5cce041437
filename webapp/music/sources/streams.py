"""Radio stations: addresses of streams, or of the .pls and .m3u files that name them."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from webapp.errors import NotUnderstood
from webapp.music.catalogue.tables import KEY_LENGTH, NAME_LENGTH, Track, clean, is_clean
from webapp.music.sources.addresses import resolve_address
from webapp.music.sources.fetching import Fetched, Fetcher
from webapp.music.sources.playlist_files import Item, parse
from webapp.music.sources.web_request import is_sound

MAX_STATIONS = 20

LIST_TYPES = {
    "audio/x-mpegurl": ".m3u",
    "audio/mpegurl": ".m3u",
    "application/x-mpegurl": ".m3u",
    "application/vnd.apple.mpegurl": ".m3u",
    "audio/x-scpls": ".pls",
    "audio/scpls": ".pls",
    "application/pls+xml": ".pls",
    "application/xspf+xml": ".xspf",
}


def read_stream(address: str, fetcher: Fetcher) -> list[Track]:
    """Returns the stations behind an address.

    Raises:
        NotUnderstood: If it is neither a stream nor a playlist of streams.
    """
    fetched = fetcher.get(address.strip())
    if is_sound(fetched.content_type):
        return [_station(fetched.address, fetched.station)]
    named = ((resolve_address(fetched.address, item.location), item.title) for item in _listed(fetched))
    stations = [_station(address, title) for address, title in named if address]
    if not stations:
        raise NotUnderstood(f"The playlist at {address[:120]!r} names no station.")
    return stations[:MAX_STATIONS]


def _listed(fetched: Fetched) -> tuple[Item, ...]:
    suffix = (
        LIST_TYPES.get(fetched.content_type) or PurePosixPath(urlsplit(fetched.address).path).suffix.lower()
    )
    if suffix == ".m3u8" or b"#EXT-X-" in fetched.content:
        raise NotUnderstood(
            "This is an HLS stream, which not every browser plays. Use the station's MP3, AAC or Ogg one."
        )
    if suffix not in (".m3u", ".pls", ".xspf"):
        raise NotUnderstood(
            f"This is neither sound nor a playlist (.m3u, .pls, .xspf), but {fetched.content_type or 'unknown'!r}. "
            "Paste the address of the stream itself."
        )
    return parse(fetched.content, suffix).items


def _station(address: str, title: str) -> Track:
    if len(address) > KEY_LENGTH or not is_clean(address):
        raise NotUnderstood(
            f"The address is longer than {KEY_LENGTH} characters, or holds some that no address has."
        )
    return Track(
        kind="stream",
        key=address,
        title=clean(title, NAME_LENGTH) or urlsplit(address).netloc[:NAME_LENGTH],
        artist="",
    )
