import numpy as np
import pytest

from webapp.core.affect import Point
from webapp.music.mood_estimation import (
    GENRES,
    MAJOR,
    MINOR,
    MOODS,
    Sound,
    mode_of,
    point_from_sound,
    point_from_tags,
)

FLAT = (1.0,) * 12


@pytest.mark.parametrize("shift", range(12))
def test_a_key_is_known_in_every_transposition(shift):
    assert mode_of(np.roll(MAJOR, shift)) == 1.0
    assert mode_of(np.roll(MINOR, shift)) == -1.0


def test_no_tones_have_no_mode():
    assert mode_of(FLAT) == 0.0
    assert mode_of((0.0,) * 12) == 0.0


@pytest.mark.parametrize(
    ("sound", "point"),
    [
        (Sound(180, 7, -9, 4000, tuple(MAJOR)), Point(1, 1)),
        (Sound(60, 0.5, -35, 500, tuple(MINOR)), Point(-1, -1)),
        (Sound(60 * 3**0.5, 3.75, -22, 2000**0.5 * 1000**0.5, FLAT), Point(0, 0)),  # the middle of each scale
        (Sound(60 * 3**0.5, 3.75, -9, 2000**0.5 * 1000**0.5, FLAT), Point(0, 0.35)),  # only loud
        (Sound(0, 0, -200, 0, FLAT), Point(-0.4, -1)),
    ],
)
def test_a_sounds_place_is_worked_by_hand(sound, point):
    found = point_from_sound(sound)
    assert (found.valence, found.arousal) == pytest.approx((point.valence, point.arousal), abs=1e-9)


@pytest.mark.parametrize(
    ("moods", "genres", "bpm", "expected"),
    [
        ([], [], None, None),
        (["grumpy"], ["polka"], 120, None),
        (["Happy"], ["metal"], 60, (0.81, 0.51)),  # a mood counts before a genre, and as it is
        (["calm", "dark"], [], None, (0.0, -0.35)),
        ([], [" Rock "], None, (0.2, 0.5)),
        ([], ["rock", "polka"], 180, (0.2, 0.75)),  # (0.5 + 1) / 2
        ([], ["rock"], 60, (0.2, -0.25)),
    ],
)
def test_tags_are_taken_at_their_word(moods, genres, bpm, expected):
    found = point_from_tags(moods, genres, bpm)
    assert (None if found is None else (found.valence, found.arousal)) == (
        expected and pytest.approx(expected)
    )


def test_every_word_lies_on_the_plane():
    for valence, arousal in (*MOODS.values(), *GENRES.values()):
        Point(valence, arousal)
