import math

import pytest

from webapp.errors import BadFrame, FrameTooLarge
from webapp.protocol import Frame, parse_frame, readable_seq

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
