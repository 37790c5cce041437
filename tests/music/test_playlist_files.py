import contextlib
import time
from encodings import aliases

import pytest

from webapp.errors import NotUnderstood
from webapp.music.sources.playlist_files import Item, parse, write_xspf


def test_m3u_with_and_without_titles():
    text = "\ufeff#EXTM3U\r\n#PLAYLIST:Evening\r\n#EXTINF:123,Ann - Sun - set\r\na b.mp3\r\n\r\nhttp://radio/x\r\n"
    listed = parse(text.encode(), ".m3u8")
    assert listed.name == "Evening"
    assert listed.items == (Item("a b.mp3", "Sun - set", "Ann"), Item("http://radio/x"))


def test_old_m3u_is_latin_1():
    assert parse("Bj\u00f6rk.mp3".encode("latin-1"), ".m3u").items == (Item("Bj\u00f6rk.mp3"),)


def test_pls_in_any_order():
    text = "[playlist]\nNumberOfEntries=2\nFile2=http://b\nTitle1=Radio A\nfile1 = http://a \nLength1=-1\n"
    assert parse(text.encode(), ".pls").items == (Item("http://a", "Radio A"), Item("http://b"))


def test_xspf_there_and_back():
    items = (Item("http://a/?x=1&y=2", "Sun <3", "Ann"), Item("b%20c.ogg"))
    listed = parse(write_xspf("Mine & yours", items), ".xspf")
    assert (listed.name, listed.items) == ("Mine & yours", items)


def test_xspf_leaves_out_what_xml_cannot_hold():
    assert parse(write_xspf("a\x00b\x1bc\ud800", ()), ".xspf").name == "abc"


@pytest.mark.parametrize(
    ("content", "suffix", "says"),
    [
        (b"<playlist", ".xspf", "no XSPF playlist"),
        (b"<html/>", ".xspf", "its root is 'html'"),
        (b"File1=x", ".pls", "does not begin with"),
        (b"\x89PNG\0\0", ".m3u", "bytes that no text has"),
        (b'<!DOCTYPE p [<!ENTITY a "b">]><playlist xmlns="http://xspf.org/ns/0/"/>', ".xspf", "no XSPF"),
        (b"\xff\xfe\xff", ".xspf", "no XSPF playlist"),
    ],
)
def test_what_is_no_playlist_is_said(content, suffix, says):
    with pytest.raises(NotUnderstood, match=says):
        parse(content, suffix)


@pytest.mark.parametrize(
    "encoding", sorted({*aliases.aliases.values(), "nope", "undefined", "idna"} - {"unicode_escape"})
)
def test_whatever_encoding_an_xspf_claims_it_is_read_or_refused(encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?><playlist xmlns="http://xspf.org/ns/0/"/>'.encode()
    with contextlib.suppress(NotUnderstood):
        assert parse(content, ".xspf").items == ()


def test_pls_keeps_its_values_whole_and_leaves_out_what_names_nothing():
    text = "\n\n [PLAYLIST]\nFile1=http://a/?x=1=2 \nFile2=\nFilex=http://b\nFile123456=http://c\n=http://d\nFile03=e\n"
    assert parse(text.encode(), ".pls").items == (Item("http://a/?x=1=2"),)


LONG = 1_000_000
SLOW_S = 2.0
"""A pattern that backtracks takes minutes for these; a line for each takes a fifth of a second."""


@pytest.mark.parametrize("suffix", [".pls", ".m3u", ".xspf"])
@pytest.mark.parametrize(
    "filling", ["\n", " ", "\r\n", "\t\n", "File1=", "File1 = \n", "<a>", "=", "#EXTINF:"]
)
def test_no_text_takes_long(suffix, filling):
    begun_s = time.process_time()
    for size in (60_000, LONG):
        content = ("[playlist]" + filling * (size // len(filling)) + "x").encode()
        with contextlib.suppress(NotUnderstood):
            parse(content, suffix)
    assert time.process_time() - begun_s < SLOW_S


def test_a_pls_that_is_too_long_is_refused():
    with pytest.raises(NotUnderstood, match="at most 65536"):
        parse(b"[playlist]\n" + b"\n" * 65536, ".pls")
