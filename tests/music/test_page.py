"""The music page: what it brings along, and what its content policy allows."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import numpy as np
import pytest

from tests.support.app import frame, make_app
from tests.support.artifacts import LABELS
from tests.support.servers import ROOT
from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.live.sessions import Session
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import Analysis


def fetch(path: str = "/music", language: str = "en"):
    return make_app().test_client().get(path, headers={"Accept-Language": language})


def policy_of(answer) -> dict[str, list[str]]:
    parts = (part.split() for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def test_the_page_is_in_the_navigation_and_knows_expressions_and_policies():
    answer = fetch()
    text = answer.get_data(as_text=True)
    assert re.search(r'<a href="/music" aria-current="page">Music</a>', text)
    setup = json.loads(re.search(r'id="setup">(.*?)</script>', text)[1])
    assert setup["expressions"]["happy"] == {"valence": 0.81, "arousal": 0.51}
    assert {name: one["own_goal"] for name, one in setup["policies"].items()} == {
        "match": False,
        "lift": False,
        "calm": False,
        "custom": True,
    }
    assert re.findall(r'name="policy" value="(\w+)"', text) == ["match", "lift", "calm", "custom"]


def test_policies_and_built_in_playlists_are_translated():
    text = fetch(language="de").get_data(as_text=True)
    assert "Beginnt bei Ihrer Stimmung und wird mit jedem Lied ein wenig heiterer." in text
    names = json.loads(re.search(r'id="setup">(.*?)</script>', text)[1])["built_in"]
    assert (len(names), names["Morning light"]) == (9, "Morgenlicht")


def test_only_the_music_page_may_show_other_players_and_play_radio():
    music, live = policy_of(fetch()), policy_of(fetch("/"))
    assert music["frame-src"] == [
        "https://open.spotify.com",
        "https://www.youtube-nocookie.com",
        "https://embed.music.apple.com",
        "https://widget.deezer.com",
        "https://w.soundcloud.com",
    ]
    assert music["media-src"] == ["'self'", "blob:", "http:", "https:"]
    assert music["default-src"] == music["connect-src"] == live["default-src"] == ["'self'"]
    assert "frame-src" not in live
    assert live["media-src"] == ["'self'", "blob:"]


def test_an_acknowledgement_says_where_the_expression_is_and_how_far_it_has_settled():
    happy = frame(make_app(Box(64, 48, 320, 240)))["place"]
    assert happy["point"]["valence"] > 0.6
    assert happy["point"]["arousal"] > 0.4
    assert (happy["settled"], happy["settling"]) == (None, 0.0)


def test_no_face_is_nowhere():
    assert frame(make_app())["place"] == {"point": None, "settled": None, "settling": 0.0}


HAPPY = [0, 0, 0, 1, 0, 0, 0]
SAD = [0, 0, 0, 0, 1, 0, 0]
READING = LabelThresholds(labels=LABELS, min_confidence=0.5, smoothing_s=0.4, settle_s=1.5)


def places(*readings: tuple[list[float], float], fps: int = 10) -> list[dict]:
    """Returns the places that a visitor's session tells while it sees expressions for some seconds each."""
    session, face, told, now_s = Session(READING), (Face(Box(64, 48, 320, 240), 0.9),), [], 100.0
    for probs, seconds in readings:
        for _ in range(max(1, round(seconds * fps))):
            seen = Analysis(640, 480, face, np.array([probs], np.float32), (), {})
            told.append(asdict(session.update(seen, now_s=now_s).place))
            now_s += 1 / fps
    return told


def test_an_expression_that_lasts_settles_where_it_is():
    told = places((HAPPY, 2))
    assert [place["settled"] for place in told[:15]] == [None] * 15
    assert told[-1]["settled"] == pytest.approx({"valence": 0.81, "arousal": 0.51})
    settling = [place["settling"] for place in told[:16]]
    assert settling == sorted(settling)
    assert (settling[0], settling[-1]) == (0.0, 1.0)


def test_two_hundred_changes_a_minute_settle_nothing_new():
    flicker = [(SAD if number % 2 else HAPPY, 0.3) for number in range(200)]
    told = places((HAPPY, 3), *flicker)
    assert {str(place["settled"]) for place in told[-600:]} == {str(told[29]["settled"])}
    assert len({str(place["point"]) for place in told[-600:]}) > 5  # it does move about


def test_what_the_server_says_of_files_stands_among_the_pages_texts():
    said = re.compile(r'"(The (?:file|sound) (?:is gone|is no|holds|breaks|cannot)[^"{]*)')
    sources = [
        (ROOT / "webapp/music" / name).read_text()
        for name in ("scanner/file_check.py", "sources/files.py", "sources/audio_tags.py")
    ]
    texts = {text.rstrip(": ") for source in sources for text in said.findall(source)}
    page = (ROOT / "static/js/music/phrases.js").read_text()
    assert len(texts) == 8
    assert [text for text in texts if f'gettext("{text}")' not in page] == []
