import math

import pytest

from webapp.errors import BadFrame, BadSettings, FrameTooLarge
from webapp.live.protocol import Frame, LiveSettings, parse_frame, parse_settings, readable_seq

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
    everything = {"smoothing_s": 2, "min_confidence": 0.3, "detect_side": 256}
    assert parse_settings((everything,), max_side=384) == LiveSettings(2, 0.3, 256)
    assert parse_settings(({"smoothing_s": None, "detect_side": None},), max_side=384) == LiveSettings()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one object. Received: nothing"),
        (({}, {}), "one object. Received: an object, an object"),
        ((None,), "one object"),
        (("fast",), "one object. Received: a text"),
        (({"smoothing": 1},), "no setting 'smoothing'. Known: smoothing_s, min_confidence, detect_side"),
        (({5: 1},), "no setting '5'"),
        (({"smoothing_s": "1"},), "`smoothing_s` must be a number from 0.05 to 2.*Received: a text"),
        (({"smoothing_s": 0.04},), "Received: 0.04"),
        (({"smoothing_s": math.nan},), "Received: nan"),
        (({"smoothing_s": True},), "Received: True"),
        (({"min_confidence": 0.91},), "`min_confidence` must be a number from 0.3 to 0.9"),
        (({"min_confidence": 10**400},), "`min_confidence`"),
        (({"detect_side": 300},), "`detect_side` must be 256 or 384, or null. Received: 300"),
        (({"detect_side": [256]},), "Received: a list"),
    ],
)
def test_any_other_choice_is_refused_with_the_reason(arguments, reason):
    with pytest.raises(BadSettings, match=reason):
        parse_settings(arguments, max_side=384)


def test_what_the_operator_does_not_allow_cannot_be_chosen():
    with pytest.raises(BadSettings, match="must be 256, or null"):
        parse_settings(({"detect_side": 384},), max_side=256)
