"""Pasted addresses of music services become exactly these frames."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from webapp.errors import NotUnderstood
from webapp.music.sources.embeds import FRAME_HOSTS, as_track, parse_embed

LIST = "37i9dQZF1DXcBWIGoYBM5M"
VIDEO = "dQw4w9WgXcQ"
TUBE = "https://www.youtube-nocookie.com/embed"
SOUND = "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2F"

GOOD = [
    (f"https://open.spotify.com/playlist/{LIST}?si=abc", f"https://open.spotify.com/embed/playlist/{LIST}"),
    (f" http://open.spotify.com/intl-de/track/{LIST}\n", f"https://open.spotify.com/embed/track/{LIST}"),
    (f"https://www.youtube.com/watch?v={VIDEO}&t=3", f"{TUBE}/{VIDEO}"),
    (f"https://youtu.be/{VIDEO}?si=x", f"{TUBE}/{VIDEO}"),
    (
        f"https://www.youtube.com/watch?v={VIDEO}&list=PL0123456789ab",
        f"{TUBE}/videoseries?list=PL0123456789ab",
    ),
    ("https://music.youtube.com/playlist?list=PL0123456789ab", f"{TUBE}/videoseries?list=PL0123456789ab"),
    (f"https://m.youtube.com/shorts/{VIDEO}", f"{TUBE}/{VIDEO}"),
    (
        "https://music.apple.com/de/playlist/heavy-rotation/pl.u-76oNlyRuyKbpq",
        "https://embed.music.apple.com/de/playlist/heavy-rotation/pl.u-76oNlyRuyKbpq",
    ),
    (
        "https://music.apple.com/us/album/x/1440857781?i=1440857786",
        "https://embed.music.apple.com/us/album/x/1440857781?i=1440857786",
    ),
    (
        "https://www.deezer.com/en/playlist/908622995",
        "https://widget.deezer.com/widget/auto/playlist/908622995",
    ),
    ("https://deezer.com/album/302127", "https://widget.deezer.com/widget/auto/album/302127"),
    ("https://soundcloud.com/some-one/sets/a_list", f"{SOUND}some-one%2Fsets%2Fa_list"),
    ("https://m.soundcloud.com/some-one/song/s-AbCdE12345", f"{SOUND}some-one%2Fsong%2Fs-AbCdE12345"),
]


@pytest.mark.parametrize(("address", "frame"), GOOD)
def test_each_service_has_its_official_frame(address, frame):
    found = parse_embed(address)
    assert found.frame == frame
    parts = urlsplit(found.frame)
    assert f"{parts.scheme}://{parts.netloc}" in FRAME_HOSTS
    assert parse_embed(found.page).frame == frame  # what is kept leads to the same


@pytest.mark.parametrize(
    "address",
    [
        "https://open.spotify.com/playlist/short",
        "https://open.spotify.com/",
        f"https://open.spotify.com/playlist/{LIST}/../../x",
        f"https://open.spotify.com:8443/playlist/{LIST}",
        f"https://me@open.spotify.com/playlist/{LIST}",
        "https://www.youtube.com/watch?v=too-short",
        f"https://www.youtube.com/watch?v={VIDEO}&v={VIDEO}",
        "https://www.youtube.com/@someone",
        "https://youtu.be/",
        'https://music.apple.com/us/album/x"onload="y/abc',
        "https://www.deezer.com/playlist/908622995x",
        "https://soundcloud.com/discover/sets",
        "https://soundcloud.com/some-one",
    ],
)
def test_what_cannot_be_framed_is_refused_with_what_to_paste(address):
    with pytest.raises(NotUnderstood, match="Paste the address of a playlist, an album or a track"):
        parse_embed(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "https://example.org/a",
        f"https://open.spotify.com.evil.org/playlist/{LIST}",
        f"javascript://open.spotify.com/playlist/{LIST}",
        "http://[",
        "http://a:x/",
    ],
)
def test_other_addresses_are_none_of_the_services(address):
    assert parse_embed(address) is None


def test_no_frame_holds_anything_that_could_leave_an_attribute():
    for address, _ in GOOD:
        assert not set("\"'<> \\") & set(parse_embed(address).frame)


def test_a_track_has_a_title_even_offline():
    frame = parse_embed(GOOD[0][0])
    assert as_track(frame, "").title == f"Spotify: playlist/{LIST}"
    track = as_track(frame, "Today's hits")
    assert (track.title, track.kind, track.key) == (
        "Today's hits",
        "embed",
        f"https://open.spotify.com/playlist/{LIST}",
    )
    assert track.details == {"provider": "spotify", "frame": frame.frame, "height": 352}
