"""How fast one visitor's messages are read."""

import pytest

from webapp.concurrency.rate_limiter import BURST, MESSAGE_BYTES, MESSAGES_PER_S, UNNOTICED, RateLimiter


def test_a_burst_is_read_at_once_and_a_flood_at_an_even_rate():
    pace = RateLimiter()
    pauses = [pace.pause_s(100.0) for _ in range(int(BURST) + 3)]
    assert max(pauses[: int(BURST) + 1]) == pytest.approx(0)
    assert pauses[-2:] == pytest.approx([1 / MESSAGES_PER_S, 2 / MESSAGES_PER_S])


def test_a_camera_is_never_held_back():
    pace = RateLimiter()
    times = [n / 60 for n in range(1000) for _ in range(2)]  # 60 frames a second of two messages
    assert max(pace.pause_s(now, 100_000) for now in times) == 0


def test_a_heavy_message_counts_for_several():
    pace = RateLimiter()
    for _ in range(2):
        pace.pause_s(100.0, 20 * MESSAGE_BYTES)
    assert pace.pause_s(100.0) == pytest.approx((2 * 21 - BURST) / MESSAGES_PER_S)


def test_others_run_in_between_from_the_third_frame_on():
    pace, noticed = RateLimiter(), []
    for _ in range(int(UNNOTICED) + 1):
        pace.pause_s(100.0)
        noticed.append(pace.is_noticed(100.0))
    assert noticed == [False] * int(UNNOTICED) + [True]
