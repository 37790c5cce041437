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
