import math

import pytest

from tests.support.artifacts import LABELS
from webapp.core.geometry import Box
from webapp.errors import BadFrame, BadSettings, FrameTooLarge
from webapp.live.protocol import (
    FaceCrops,
    Frame,
    LiveSettings,
    parse_faces,
    parse_frame,
    parse_settings,
    readable_seq,
)

META = {"seq": 7, "t_ms": 12.5}


def test_a_frame_is_read():
    assert parse_frame((META, b"abc"), max_bytes=3) == Frame(7, 12.5, b"abc")
    assert parse_frame(({"seq": 0, "t_ms": 1, "more": 2}, bytearray(b"a")), max_bytes=3) == Frame(
        0, 1.0, b"a"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "two arguments.*Received: 0"),
        ((META,), "two arguments.*Received: 1"),
        ((META, b"a", b"b"), "two arguments.*Received: 3"),
        (("text", b"a"), "`meta` must be an object.*Received: a text"),
        ((None, b"a"), "`meta` must be an object.*Received: nothing"),
        (([1], b"a"), "`meta` must be an object.*Received: a list"),
        (({"t_ms": 1}, b"a"), "`meta.seq`.*Received: nothing"),
        (({"seq": "7", "t_ms": 1}, b"a"), "`meta.seq`.*Received: a text"),
        (({"seq": -1, "t_ms": 1}, b"a"), "`meta.seq`.*Received: -1"),
        (({"seq": True, "t_ms": 1}, b"a"), "`meta.seq`.*Received: True"),
        (({"seq": 2**53, "t_ms": 1}, b"a"), "`meta.seq`"),
        (({"seq": 1, "t_ms": "now"}, b"a"), "`meta.t_ms`.*Received: a text"),
        (({"seq": 1, "t_ms": math.nan}, b"a"), "`meta.t_ms`.*Received: nan"),
        (({"seq": 1, "t_ms": math.inf}, b"a"), "`meta.t_ms`.*Received: inf"),
        (({"seq": 1, "t_ms": 10**400}, b"a"), "`meta.t_ms`.*Received: 1000"),  # no float can hold it
        ((META, "picture"), "must be binary.*Received: a text"),
        ((META, None), "must be binary.*Received: nothing"),
        ((META, {"a": 1}), "must be binary.*Received: an object"),
        ((META, b""), "is empty"),
    ],
)
def test_anything_else_is_refused_with_the_reason(arguments, reason):
    with pytest.raises(BadFrame, match=reason):
        parse_frame(arguments, max_bytes=3)


def test_too_many_bytes_are_refused_with_both_numbers():
    with pytest.raises(FrameTooLarge, match="has 4 bytes, at most 3"):
        parse_frame((META, b"abcd"), max_bytes=3)


def test_the_number_of_a_broken_frame_is_given_back_if_it_can_be_read():
    assert readable_seq((META,)) == 7
    assert [readable_seq(a) for a in ((), ("x",), ({"seq": "7"},), ({"seq": True},))] == [None] * 4
    assert readable_seq(({"seq": 10**30},)) is None  # JavaScript could not tell it from its neighbours


def test_a_choice_is_read_and_what_is_left_out_is_the_server_s():
    assert parse_settings(({},), max_side=384) == LiveSettings()
    everything = {"smoothing_s": 2, "min_confidence": 0.3, "detect_side": 256, "strength": 1}
    assert parse_settings((everything,), max_side=384) == LiveSettings(**everything)
    assert parse_settings(({"smoothing_s": None, "detect_side": None},), max_side=384) == LiveSettings()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one object. Received: nothing"),
        (({}, {}), "one object. Received: an object, an object"),
        ((None,), "one object"),
        (("fast",), "one object. Received: a text"),
        (
            ({"smoothing": 1},),
            "no setting 'smoothing'. Known: smoothing_s, min_confidence, strength, baseline_strength, detect_side, "
            "baseline",
        ),
        (({5: 1},), "no setting '5'"),
        (({"smoothing_s": "1"},), "`smoothing_s` must be a number from 0.05 to 2.*Received: a text"),
        (({"smoothing_s": 0.04},), "Received: 0.04"),
        (({"smoothing_s": math.nan},), "Received: nan"),
        (({"smoothing_s": True},), "Received: True"),
        (({"min_confidence": 0.91},), "`min_confidence` must be a number from 0.3 to 0.9"),
        (({"min_confidence": 10**400},), "`min_confidence`"),
        (({"strength": -0.1},), "`strength` must be a number from 0 to 1, or null. Received: -0.1"),
        (({"strength": "much"},), "`strength`.*Received: a text"),
        (({"detect_side": 300},), "`detect_side` must be 256 or 384, or null. Received: 300"),
        (({"detect_side": [256]},), "Received: a list"),
    ],
)
def test_any_other_choice_is_refused_with_the_reason(arguments, reason):
    with pytest.raises(BadSettings, match=reason):
        parse_settings(arguments, max_side=384)


RESTING = {label: 0.1 for label in LABELS} | {"neutral": 0.4}


def read_baseline(value):
    return parse_settings(({"baseline": value},), max_side=384, baseline_labels=LABELS).baseline


def test_a_resting_face_is_a_probability_of_each_label():
    assert read_baseline(RESTING) == RESTING
    assert read_baseline({**RESTING, "neutral": 0.395}) == {**RESTING, "neutral": 0.395}  # rounded four times
    assert read_baseline(None) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([0.1] * 7, "an object with a probability of each label: angry, .*neutral. Received: a list"),
        ("rest", "Received: a text"),
        ({}, "Received: an object with 0 other or fewer names"),
        ({**RESTING, "bored": 0.0}, "Received: an object with 8"),
        ({**RESTING, "sad": "0.1"}, "`baseline.sad` must be from 0 to 1. Received: a text"),
        ({**RESTING, "sad": -0.1}, "Received: -0.1"),
        ({**RESTING, "sad": math.nan}, "Received: nan"),
        ({**RESTING, "sad": True}, "Received: True"),
        ({**RESTING, "sad": 10**400}, "`baseline.sad` must be from 0 to 1"),
        ({**RESTING, "neutral": 0.9}, "must sum to 1, as probabilities do. Received: 1.5"),
    ],
)
def test_any_other_resting_face_is_refused_with_the_reason(value, reason):
    with pytest.raises(BadSettings, match=reason):
        read_baseline(value)


def test_a_model_without_a_relative_reading_says_so():
    with pytest.raises(BadSettings, match="cannot be read against a resting face"):
        parse_settings(({"baseline": RESTING},), max_side=384)
    assert parse_settings(({"baseline": None},), max_side=384) == LiveSettings()


def test_what_the_operator_does_not_allow_cannot_be_chosen():
    with pytest.raises(BadSettings, match="must be 256, or null"):
        parse_settings(({"detect_side": 384},), max_side=256)


BOX = [0.25, 0.1, 0.5, 0.6]


def faces(*boxes, crops=None, **meta):
    return {**META, "boxes": list(boxes), **meta}, bytes(4 * len(boxes)) if crops is None else crops


def read(arguments):
    return parse_faces(arguments, max_faces=2, crop_bytes=4)


def test_faces_are_read():
    assert read(faces(BOX, [0, 0, 1, 1], crops=bytearray(b"12345678"))) == FaceCrops(
        7, 12.5, (Box(0.25, 0.1, 0.5, 0.6), Box(0.0, 0.0, 1.0, 1.0)), b"12345678"
    )


def test_a_frame_may_be_without_faces():
    assert read(faces()) == FaceCrops(7, 12.5, (), b"")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "two arguments: meta and crops. Received: 0"),
        (("text", b""), r"`meta` must be an object \{seq, t_ms, boxes\}.*Received: a text"),
        (faces(seq=-1), "`meta.seq`.*Received: -1"),
        (faces(t_ms=math.nan), "`meta.t_ms`.*Received: nan"),
        ((META, b""), "`meta.boxes` must be a list.*Received: nothing"),
        (faces(boxes={}), "`meta.boxes` must be a list.*Received: an object"),
        (faces(BOX, crops="text"), "must be binary.*Received: a text"),
        (faces(BOX, crops=b"123"), "have 3 bytes. Expected: 4, that is 4 for each of 1 boxes"),
        (faces(BOX, crops=b""), "have 0 bytes. Expected: 4"),
        (faces(crops=b"1"), "have 1 bytes. Expected: 0"),
        (faces(BOX, [0.1, 0.1, 0.1]), r"`meta.boxes\[1\]` must be \[x, y, w, h\]. Received: a list of 3"),
        (faces(None), r"`meta.boxes\[0\]` must be \[x, y, w, h\]. Received: nothing"),
        (faces([0, 0, math.nan, 1]), r"`meta.boxes\[0\]` must hold shares.*Received: nan"),
        (faces([0, 0, math.inf, 1]), "must hold shares.*Received: inf"),
        (faces([-0.1, 0, 1, 1]), "must hold shares.*Received: -0.1"),
        (faces([0, 0, 1, 1.5]), "must hold shares.*Received: 1.5"),
        (faces([0, 0, 1, 10**400]), "must hold shares.*Received: 1000"),
        (faces([0, 0, 1, True]), "must hold shares.*Received: True"),
        (faces([0, 0, "1", 1]), "must hold shares.*Received: a text"),
        (faces([0, 0, 0, 1]), "must have a width and a height above 0. Received: 0 x 1"),
    ],
)
def test_other_faces_are_refused_with_the_reason(arguments, reason):
    with pytest.raises(BadFrame, match=reason):
        read(arguments)


def test_too_many_faces_are_refused_with_both_numbers():
    with pytest.raises(FrameTooLarge, match="has 3 faces, at most 2"):
        read(faces(BOX, BOX, BOX))
