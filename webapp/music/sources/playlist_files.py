"""Playlist files: M3U, M3U8, XSPF and PLS read, XSPF written. They list addresses or paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from webapp.errors import NotUnderstood

XSPF = "http://xspf.org/ns/0/"
MAX_ITEMS = 5000
MAX_PLS_BYTES = 64 * 1024


@dataclass(frozen=True)
class Item:
    """One line of a playlist file: a path, an address, or only a title.

    Attributes:
        location: The path or the address.
        title: Its title.
        artist: Its artist.
        annotation: A remark for people; written to XSPF alone.
        facts: Pairs of a URI and a value for programs; written to XSPF alone.
    """

    location: str
    title: str = ""
    artist: str = ""
    annotation: str = ""
    facts: tuple[tuple[str, str], ...] = ()


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
    if suffix == ".pls" and len(content) > MAX_PLS_BYTES:
        raise NotUnderstood(
            f"This PLS playlist has {len(content)} bytes, at most {MAX_PLS_BYTES} are read. Stations' ones are shorter."
        )
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
    """Reads lines of the form `File1=…`; no pattern runs over the whole text, whose line ends could make it slow."""
    lines = [line.strip() for line in text.splitlines()]
    first = next((line for line in lines if line), "")
    if not first.lower().startswith("[playlist]"):
        raise NotUnderstood("This is no PLS playlist: it does not begin with [playlist].")
    fields: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if equals and value.strip():
            fields[key.strip().lower()] = value.strip()
    numbers = sorted(int(key[4:]) for key in fields if key.startswith("file") and _is_number(key[4:]))
    items = [
        Item(fields[f"file{number}"], fields.get(f"title{number}", ""))
        for number in numbers
        if f"file{number}" in fields
    ]
    return PlaylistFile("", tuple(items))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _parse_xspf(content: bytes) -> PlaylistFile:
    from defusedxml import ElementTree as SafeXml
    from defusedxml.common import DefusedXmlException

    try:
        root = SafeXml.fromstring(content, forbid_dtd=True)
    except (Xml.ParseError, DefusedXmlException, ValueError, LookupError) as error:  # the last: its encoding
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


def write_xspf(name: str, items: Iterable[Item], facts: Mapping[str, str] | None = None) -> bytes:
    """Returns an XSPF playlist (https://xspf.org/spec); `facts` are of the whole: values by URI."""
    Xml.register_namespace("", XSPF)
    root = Xml.Element(f"{{{XSPF}}}playlist", {"version": "1"})
    Xml.SubElement(root, f"{{{XSPF}}}title").text = _legal(name)
    for rel, value in (facts or {}).items():
        Xml.SubElement(root, f"{{{XSPF}}}meta", {"rel": rel}).text = value
    tracks = Xml.SubElement(root, f"{{{XSPF}}}trackList")
    for item in items:
        track = Xml.SubElement(tracks, f"{{{XSPF}}}track")
        texts = {
            "location": item.location,
            "title": item.title,
            "creator": item.artist,
            "annotation": item.annotation,
        }
        for tag, value in texts.items():
            if value:
                Xml.SubElement(track, f"{{{XSPF}}}{tag}").text = _legal(value)
        for rel, value in item.facts:
            Xml.SubElement(track, f"{{{XSPF}}}meta", {"rel": rel}).text = value
    Xml.indent(root)
    return Xml.tostring(root, encoding="utf-8", xml_declaration=True)


def _legal(text: str) -> str:
    """Leaves out the control characters that XML 1.0 cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
