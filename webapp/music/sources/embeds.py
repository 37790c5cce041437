"""Playlists of music services, by their pasted addresses, in the services' own official frames. No keys, no scraping.

An address is taken apart strictly and its frame's address put together from the parts: nothing that a visitor pastes
gets into a page as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from webapp.errors import NotUnderstood
from webapp.music.catalogue.tables import Track
from webapp.music.sources.addresses import split_address


@dataclass(frozen=True)
class EmbedFrame:
    """What a page shows of a music service.

    Attributes:
        provider: The service.
        page: The thing's own page: what is kept, and what a link leads to.
        frame: Address of its official iframe.
        height_px: Height that the service gives its frame.
        oembed: oEmbed address that tells its title; empty if there is none.
    """

    provider: str
    page: str
    frame: str
    height_px: int
    oembed: str = ""


FRAME_HOSTS = (
    "https://open.spotify.com",
    "https://www.youtube-nocookie.com",
    "https://embed.music.apple.com",
    "https://widget.deezer.com",
    "https://w.soundcloud.com",
)
"""All that a page with embeds has to allow in frames."""

MAX_FIELDS = 50
"""Fields of an address; a service's own has a handful."""

Query = dict[str, list[str]]


def _spotify(path: str, _: Query) -> EmbedFrame | None:
    found = re.fullmatch(
        r"(?:/intl-[a-z]{2})?/(playlist|album|track|artist|episode|show)/([A-Za-z0-9]{22})/?", path
    )
    if not found:
        return None
    kind, key = found.groups()
    page = f"https://open.spotify.com/{kind}/{key}"
    height = 152 if kind in ("track", "episode") else 352
    frame = f"https://open.spotify.com/embed/{kind}/{key}"
    return EmbedFrame(
        "spotify", page, frame, height, "https://open.spotify.com/oembed?" + urlencode({"url": page})
    )


LIST_KEY = r"[A-Za-z0-9_-]{12,50}"
VIDEO_KEY = r"[A-Za-z0-9_-]{11}"


def _youtube(path: str, query: Query) -> EmbedFrame | None:
    video = _only(query, "v", VIDEO_KEY) if path == "/watch" else None
    if short := re.fullmatch(rf"/(?:shorts|embed|live)/({VIDEO_KEY})/?", path):
        video = short.group(1)
    return _youtube_frame(video, _only(query, "list", LIST_KEY)) if video or path == "/playlist" else None


def _youtu_be(path: str, query: Query) -> EmbedFrame | None:
    found = re.fullmatch(rf"/({VIDEO_KEY})/?", path)
    return _youtube_frame(found.group(1), _only(query, "list", LIST_KEY)) if found else None


def _youtube_frame(video: str | None, listed: str | None) -> EmbedFrame | None:
    if listed:
        page = f"https://www.youtube.com/playlist?list={listed}"
        frame = f"https://www.youtube-nocookie.com/embed/videoseries?list={listed}"
    elif video:
        page = f"https://www.youtube.com/watch?v={video}"
        frame = f"https://www.youtube-nocookie.com/embed/{video}"
    else:
        return None
    oembed = "https://www.youtube.com/oembed?" + urlencode({"url": page, "format": "json"})
    return EmbedFrame("youtube", page, frame, 315, oembed)


def _apple(path: str, query: Query) -> EmbedFrame | None:
    kinds, key = "playlist|album|song|station", r"(?:pl|ra)\.[A-Za-z0-9.-]+|[0-9]+"
    found = re.fullmatch(rf"/([a-z]{{2}})/({kinds})(/[^/?#]{{1,200}})?/({key})/?", path)
    if not found:
        return None
    country, kind, name, key = found.groups()
    song = _only(query, "i", r"[0-9]{1,20}")
    slug = quote(name[1:], safe="%-._~") if name else ""
    place = f"/{country}/{kind}/{slug + '/' if slug else ''}{key}" + (f"?i={song}" if song else "")
    height = 175 if song or kind == "song" else 450
    return EmbedFrame(
        "apple_music", f"https://music.apple.com{place}", f"https://embed.music.apple.com{place}", height
    )


def _deezer(path: str, _: Query) -> EmbedFrame | None:
    found = re.fullmatch(r"(?:/[a-z]{2})?/(playlist|album|track|artist|show|episode)/([0-9]{1,20})/?", path)
    if not found:
        return None
    kind, key = found.groups()
    page = f"https://www.deezer.com/{kind}/{key}"
    oembed = "https://api.deezer.com/oembed?" + urlencode({"url": page, "format": "json"})
    return EmbedFrame("deezer", page, f"https://widget.deezer.com/widget/auto/{kind}/{key}", 300, oembed)


NOT_USERS = {"discover", "search", "upload", "charts", "stations", "you", "pages", "jobs", "terms-of-use"}


def _soundcloud(path: str, _: Query) -> EmbedFrame | None:
    found = re.fullmatch(
        r"/([a-z0-9_-]{1,60})(/sets)?/([a-z0-9_-]{1,200})(?:/(s-[A-Za-z0-9]{5,40}))?/?", path
    )
    if not found or found.group(1) in NOT_USERS:
        return None
    user, sets, name, secret = found.groups()
    page = f"https://soundcloud.com/{user}{sets or ''}/{name}" + (f"/{secret}" if secret else "")
    frame = "https://w.soundcloud.com/player/?" + urlencode({"url": page})
    oembed = "https://soundcloud.com/oembed?" + urlencode({"url": page, "format": "json"})
    return EmbedFrame("soundcloud", page, frame, 450 if sets else 166, oembed)


READERS: dict[str, Callable[[str, Query], EmbedFrame | None]] = {
    "open.spotify.com": _spotify,
    "www.youtube.com": _youtube,
    "youtube.com": _youtube,
    "m.youtube.com": _youtube,
    "music.youtube.com": _youtube,
    "www.youtube-nocookie.com": _youtube,
    "youtu.be": _youtu_be,
    "music.apple.com": _apple,
    "embed.music.apple.com": _apple,
    "www.deezer.com": _deezer,
    "deezer.com": _deezer,
    "soundcloud.com": _soundcloud,
    "www.soundcloud.com": _soundcloud,
    "m.soundcloud.com": _soundcloud,
}

NAMES = {
    "spotify": "Spotify",
    "youtube": "YouTube",
    "apple_music": "Apple Music",
    "deezer": "Deezer",
    "soundcloud": "SoundCloud",
}


def parse_embed(address: str) -> EmbedFrame | None:
    """Returns the frame for a pasted address; `None` if it is of none of the services.

    Raises:
        NotUnderstood: If it is of one of them, but of nothing that can be shown in a frame.
    """
    parts = split_address(address.strip())
    host = (parts.hostname or "").lower() if parts else ""
    reader = READERS.get(host)
    if parts is None or reader is None:
        return None
    query = _query(parts.query) if parts.port is None and parts.username is None else None
    frame = reader(parts.path, query) if query is not None else None
    if frame is None:
        raise NotUnderstood(
            f"This address of {host} is not one that can be played here. Paste the address of a playlist, an album "
            f"or a track, as its share button gives it. Received: {address[:120]!r}"
        )
    return frame


def as_track(frame: EmbedFrame, title: str) -> Track:
    """Returns the catalogue's entry for a frame."""
    return Track(
        kind="embed",
        key=frame.page,
        title=title or f"{NAMES[frame.provider]}: {urlsplit(frame.page).path.strip('/')}"[:200],
        artist=NAMES[frame.provider],
        details={"provider": frame.provider, "frame": frame.frame, "height": frame.height_px},
    )


def _query(text: str) -> Query | None:
    """Returns the fields of an address, `None` if they are too many to be a service's own."""
    try:
        return parse_qs(text, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None


def _only(query: Query, name: str, pattern: str) -> str | None:
    values = query.get(name, [])
    return values[0] if len(values) == 1 and re.fullmatch(pattern, values[0]) else None
