"""The tests' own `wait_until`: returns at once, polls, and names what never came."""

import pytest

from tests.support.waiting import wait_until


def test_what_holds_already_is_returned_at_once():
    assert wait_until(lambda: "ready", 1, "a value") == "ready"


def test_a_condition_is_asked_until_it_holds():
    answers = iter([None, 0, 7])
    assert wait_until(lambda: next(answers), what="a seven") == 7


def test_a_wait_in_vain_says_for_what_and_how_long():
    with pytest.raises(AssertionError, match=r"waited 0\.05 s in vain for the scan's end; last value: \[\]"):
        wait_until(lambda: [], 0.05, "the scan's end")
