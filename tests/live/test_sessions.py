"""When known faces are followed and when the whole picture is searched; what a visitor may choose."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.artifacts import LABELS
from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.core.label_strength import LabelStrength
from webapp.live.protocol import LiveSettings
from webapp.live.sessions import SEARCH_EVERY_S, STILL_SEARCH_S, Session, Sessions
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import Analysis

READING = LabelThresholds(LABELS, min_confidence=0.5, smoothing_s=0.4, settle_s=1.5)
FACES = [Face(Box(150 * number, 0, 100, 100), 0.9) for number in range(3)]
CELLS = np.zeros((6, 8), np.float32)
HAPPY = np.eye(7, dtype=np.float32)[3]


def analysis(*faces, searched=True):
    probs = np.tile(HAPPY, (len(faces), 1)) if faces else np.empty((0, 7), np.float32)
    return Analysis(640, 480, faces, probs, (), {}, searched, CELLS)


def session_after(*frames):
    """Returns a session after frames, each `(seconds, faces, searched)`."""
    session = Session(READING)
    for at_s, faces, searched in frames:
        session.update(analysis(*faces, searched=searched), now_s=at_s)
    return session


def test_the_first_frame_is_searched_then_known_faces_are_followed_for_a_while():
    assert Session(READING).search_hint(now_s=0.0).known == ()
    session = session_after((10.0, FACES[:1], True))
    assert session.search_hint(now_s=10.0 + SEARCH_EVERY_S - 0.01).known == (FACES[0],)
    assert not is_searched(session.search_hint(now_s=10.0 + SEARCH_EVERY_S))


def follows(session, *times_s):
    """Lets a session see more frames in which its face was followed; returns it."""
    for at_s in times_s:
        session.update(analysis(*FACES[:1], searched=False), now_s=at_s)
    return session


def is_searched(hint, *, movement=False):
    """Whether a frame is searched, if something moves at its edge or not."""
    return (movement and hint.cells is not None) or (not hint.known and hint.cells is None)


def test_movement_at_the_edge_is_worth_a_search_every_third_frame_and_three_tenths_of_a_second():
    quick = follows(session_after((0.0, FACES[:1], True)), 0.1, 0.2)
    assert not is_searched(quick.search_hint(now_s=0.29), movement=True)
    follows(quick, 0.29)
    assert not is_searched(quick.search_hint(now_s=0.31))
    assert is_searched(quick.search_hint(now_s=0.31), movement=True)


def test_without_movement_a_search_is_worth_its_time_once_a_second():
    session = follows(session_after((0.0, FACES[:1], True)), 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
    assert not is_searched(session.search_hint(now_s=STILL_SEARCH_S - 0.01))
    assert is_searched(session.search_hint(now_s=STILL_SEARCH_S))


def test_a_busy_server_searches_half_as_often():
    session = follows(session_after((0.0, FACES[:1], True)), 0.1, 0.2, 0.3, 0.4)
    assert is_searched(session.search_hint(now_s=0.5), movement=True)
    assert not is_searched(session.search_hint(now_s=0.5, busy=True), movement=True)
    follows(session, 0.5, 0.6)
    assert is_searched(session.search_hint(now_s=0.7, busy=True), movement=True)
    assert is_searched(session.search_hint(now_s=STILL_SEARCH_S))
    assert not is_searched(session.search_hint(now_s=STILL_SEARCH_S, busy=True))


def test_on_a_slow_server_not_every_frame_is_a_search():
    slow = session_after((0.0, FACES[:1], True))
    for number, searched in enumerate([False, False, False, True], start=1):
        assert is_searched(slow.search_hint(now_s=2.0 * number), movement=True) == searched
        follows(slow, 2.0 * number)


def test_an_empty_frame_in_which_nothing_moves_is_searched_three_times_a_second():
    empty = session_after((0.0, [], True))
    hint = empty.search_hint(now_s=0.1)
    assert is_searched(hint, movement=True)
    assert not is_searched(hint)
    assert is_searched(empty.search_hint(now_s=SEARCH_EVERY_S))


def test_without_a_face_or_with_a_crowd_every_frame_is_searched():
    assert session_after((0.0, [], True)).search_hint(now_s=0.05).known == ()
    assert session_after((0.0, FACES[:2], True)).search_hint(now_s=0.05).known == tuple(FACES[:2])
    assert session_after((0.0, FACES, True)).search_hint(now_s=0.05).known == ()


def test_while_somebody_comes_or_goes_every_frame_is_searched():
    comes = session_after((0.0, FACES[:1], True), (0.05, FACES[:2], True))
    assert comes.search_hint(now_s=0.1).known == ()  # the second does not count as a face yet
    missed = session_after((0.0, FACES[:2], True), (0.05, FACES[:1], True))
    assert missed.search_hint(now_s=0.1).known == ()  # still shown, but not seen


def test_a_face_keeps_its_id_while_it_is_followed_and_searched_in_turns():
    session = Session(READING)
    replies = [
        session.update(analysis(FACES[0], searched=number % 4 == 0), now_s=0.07 * number)
        for number in range(20)
    ]
    assert {reply.faces[0].id for reply in replies} == {1}


def test_a_visitor_s_choice_holds_for_that_visitor_alone_until_it_is_taken_back():
    sessions = Sessions(READING, 384)
    for sid in ("a", "b"):
        sessions.open(sid)
    reading = sessions.apply_settings("a", LiveSettings(smoothing_s=1.0, min_confidence=0.8, detect_side=256))
    assert (reading.smoothing_s, reading.min_confidence) == (1.0, 0.8)
    assert reading.hysteresis.unsure_below == pytest.approx(0.7)  # the gap stays
    mine, other = sessions.take("a"), sessions.take("b")
    assert (mine.thresholds, mine.search_hint(now_s=0).max_side) == (reading, 256)
    assert (other.thresholds, other.search_hint(now_s=0).max_side) == (READING, 384)
    assert sessions.apply_settings("a", LiveSettings(smoothing_s=1.0)).min_confidence == 0.5
    assert (mine.thresholds.smoothing_s, mine.detect_side) == (1.0, 384)


def test_a_choice_changes_what_is_sure_but_not_who_is_who():
    sessions = Sessions(READING)
    sessions.open("a")
    session = sessions.take("a")
    session.update(analysis(FACES[0]), now_s=0.0)
    likely = np.array([[0.1, 0, 0, 0.7, 0.1, 0.1, 0]], np.float32)
    sessions.apply_settings("a", LiveSettings(min_confidence=0.9, smoothing_s=0.05))
    for number in range(1, 20):
        reply = session.update(Analysis(640, 480, (FACES[0],), likely, (), {}), now_s=0.1 * number)
    assert (reply.faces[0].id, reply.faces[0].reading.state) == (1, "unsure")


def test_a_choice_of_strength_holds_where_the_model_has_one():
    sessions = Sessions(replace(READING, strength=LabelStrength(0.5, (1 / 7,) * 7, 0.0)))
    sessions.open("a")
    assert sessions.apply_settings("a", LiveSettings(strength=0.0)).strength.value == 0.0
    assert sessions.apply_settings("a", LiveSettings()).strength.value == 0.5
    assert Sessions(READING).apply_settings("a", LiveSettings(strength=1.0)).strength is None


def test_a_choice_of_a_visitor_who_left_harms_nobody():
    assert Sessions(READING).apply_settings("gone", LiveSettings(smoothing_s=1.0)).smoothing_s == 1.0


def test_a_face_keeps_its_id_when_the_page_sends_smaller_frames():
    session = Session(READING)
    before = session.update(analysis(FACES[1]), now_s=0.0)
    half = Face(
        Box(*(value / 2 for value in (FACES[1].box.x, FACES[1].box.y, FACES[1].box.w, FACES[1].box.h))), 0.9
    )
    smaller = Analysis(320, 240, (half,), HAPPY[None], (), {}, True, CELLS)
    assert session.search_hint(now_s=0.05).size == (640, 480)
    after = session.update(smaller, now_s=0.1)
    assert [face.id for face in after.faces] == [face.id for face in before.faces] == [1]
    assert after.faces[0].reading.box == before.faces[0].reading.box
