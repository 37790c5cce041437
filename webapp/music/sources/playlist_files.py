"""Playlist files: M3U, M3U8, XSPF and PLS read, XSPF written. They list addresses or paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from webapp.errors import NotUnderstood

XSPF = "http://xspf.org/ns/0/"
MAX_ITEMS = 5000


@dataclass(frozen=True)
class Item:
    """One line of a playlist file: a path, an address, or only a title."""

    location: str
    title: str = ""
    artist: str = ""


@dataclass(frozen=True)
class PlaylistFile:
    """A playlist file; its name is empty where the format has none."""

    name: str
    items: tuple[Item, ...]


def parse(content: bytes, suffix: str) -> PlaylistFile:
    """Reads a playlist file.

    Args:
        content: The file.
        suffix: `.m3u`, `.m3u8`, `.pls` or `.xspf`.

    Raises:
        NotUnderstood: If it is not what the suffix says.
    """
    if suffix == ".xspf":
        return _parse_xspf(content)
    text = _decode(content)
    playlist = _parse_pls(text) if suffix == ".pls" else _parse_m3u(text)
    return PlaylistFile(playlist.name, playlist.items[:MAX_ITEMS])


def _decode(content: bytes) -> str:
    if b"\0" in content:
        raise NotUnderstood("This is no playlist: it holds bytes that no text has.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # what .m3u was before .m3u8


def _parse_m3u(text: str) -> PlaylistFile:
    name, title, items = "", "", []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("#EXTINF:"):
            title = line.partition(",")[2].strip()
        elif line.startswith("#PLAYLIST:"):
            name = line.partition(":")[2].strip()
        elif line and not line.startswith("#"):
            artist, dash, rest = title.partition(" - ")
            items.append(Item(line, rest, artist) if dash else Item(line, title))
            title = ""
    return PlaylistFile(name, tuple(items))


def _parse_pls(text: str) -> PlaylistFile:
    if not re.match(r"\s*\[playlist\]", text, re.IGNORECASE):
        raise NotUnderstood("This is no PLS playlist: it does not begin with [playlist].")
    fields = dict(
        re.findall(r"^\s*((?:File|Title)[0-9]{1,5})\s*=\s*(.+?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    )
    fields = {key.lower(): value for key, value in fields.items()}
    numbers = sorted(int(key[4:]) for key in fields if key.startswith("file"))
    items = [
        Item(fields[f"file{number}"], fields.get(f"title{number}", ""))
        for number in numbers
        if f"file{number}" in fields
    ]
    return PlaylistFile("", tuple(items))


def _parse_xspf(content: bytes) -> PlaylistFile:
    from defusedxml import ElementTree as SafeXml
    from defusedxml.common import DefusedXmlException

    try:
        root = SafeXml.fromstring(content, forbid_dtd=True)
    except (Xml.ParseError, DefusedXmlException, ValueError) as error:
        raise NotUnderstood(f"This is no XSPF playlist: {error}.") from error
    if root.tag != f"{{{XSPF}}}playlist":
        raise NotUnderstood(f"This is no XSPF playlist: its root is {root.tag[:80]!r}.")
    items = [
        Item(_text(track, "location"), _text(track, "title"), _text(track, "creator"))
        for track in root.iterfind(f"{{{XSPF}}}trackList/{{{XSPF}}}track")
    ]
    return PlaylistFile(_text(root, "title"), tuple(items[:MAX_ITEMS]))


def _text(element: Xml.Element, name: str) -> str:
    return (element.findtext(f"{{{XSPF}}}{name}") or "").strip()


def write_xspf(name: str, items: Iterable[Item]) -> bytes:
    """Returns an XSPF playlist (https://xspf.org/spec)."""
    Xml.register_namespace("", XSPF)
    root = Xml.Element(f"{{{XSPF}}}playlist", {"version": "1"})
    Xml.SubElement(root, f"{{{XSPF}}}title").text = _legal(name)
    tracks = Xml.SubElement(root, f"{{{XSPF}}}trackList")
    for item in items:
        track = Xml.SubElement(tracks, f"{{{XSPF}}}track")
        for tag, value in (("location", item.location), ("title", item.title), ("creator", item.artist)):
            if value:
                Xml.SubElement(track, f"{{{XSPF}}}{tag}").text = _legal(value)
    Xml.indent(root)
    return Xml.tostring(root, encoding="utf-8", xml_declaration=True)


def _legal(text: str) -> str:
    """Leaves out the control characters that XML 1.0 cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
