import numpy as np
import pytest

from webapp.core.affect import Point
from webapp.music.choice.ranking import Candidate, choose, preference_score, score

HERE = Point(0.0, 0.0)


def pick(candidates, *, recent=(), seed=0, target=HERE):
    return choose(candidates, target, recent=recent, random=np.random.default_rng(seed))


def at(number, valence, **more):
    return Candidate(number, Point(valence, 0.0), **more)


@pytest.mark.parametrize(
    ("likes", "skips", "expected"), [(0, 0, 0), (1, 0, 1 / 3), (0, 1, -1 / 3), (2, 0, 1 / 2), (3, 1, 1 / 3)]
)
def test_taste_is_worked_by_hand(likes, skips, expected):
    assert preference_score(likes, skips) == pytest.approx(expected)


def test_the_score_is_the_distance_corrected_by_taste():
    assert score(Candidate(1, Point(0.3, 0.4)), HERE) == pytest.approx(-0.5)
    assert score(Candidate(1, Point(0.3, 0.4), likes=2), HERE) == pytest.approx(-0.25)
    assert score(Candidate(1, Point(0.3, 0.4), skips=1), HERE) == pytest.approx(-0.5 - 0.5 / 3)
    assert score(Candidate(1, None, bonus=0.1), Point(0.6, 0.8)) == pytest.approx(-0.9)


def test_the_nearest_comes_next():
    choice = pick([at(1, 0.9), at(2, 0.2), at(3, -0.6)])
    assert (choice.id, choice.why, choice.distance, choice.score) == (2, "nearest", 0.2, -0.2)


def test_what_was_liked_beats_what_is_a_little_nearer():
    choice = pick([at(1, 0.2), at(2, 0.3, likes=4)])  # -0.2 against -0.3 + 0.5 * 4 / 6
    assert (choice.id, choice.why) == (2, "liked")


def test_what_was_skipped_gives_way():
    assert pick([at(1, 0.1, skips=4), at(2, 0.3)]).id == 2  # -0.1 - 0.33 against -0.3


def test_those_about_as_good_take_turns_and_a_seed_repeats_them():
    near = [at(1, 0.0), at(2, 0.05), at(3, 0.4)]
    drawn = [pick(near, seed=seed).id for seed in range(40)]
    assert set(drawn) == {1, 2}
    assert drawn == [pick(near, seed=seed).id for seed in range(40)]
    assert {pick(near, seed=seed).why for seed in range(40)} == {"nearest", "among_near"}


def test_nothing_repeats_while_something_else_is_left():
    three = [at(1, 0.0), at(2, 0.5), at(3, 0.9)]
    assert pick(three, recent=[1]).id == 2
    assert pick(three, recent=[2, 1]).id == 3
    assert pick(three, recent=[2, 3, 1]).id == 1  # the one heard longest ago
    assert pick(three, recent=[1, 2, 3, 1]).id == 3


def test_only_one_is_said_and_repeats():
    choice = pick([at(1, 0.9)], recent=[1])
    assert (choice.id, choice.why) == (1, "only_one")


def test_a_bonus_can_decide_and_is_said():
    choice = pick([at(1, 0.0), at(2, 0.1, bonus=0.3)])
    assert (choice.id, choice.why) == (2, "stay")


def test_nothing_to_choose_from_is_none():
    assert pick([]) is None
