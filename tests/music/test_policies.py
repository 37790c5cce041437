from pathlib import Path

import pytest

from tests.support.servers import ROOT
from webapp.core.affect import Point
from webapp.music.choice.policies import Policy, PolicyError, parse_policies

SHIPPED = ROOT / "webapp" / "music" / "policies.toml"
SAD = Point(-0.63, -0.27)


def policies():
    return parse_policies(Path(SHIPPED).read_text())


def test_the_shipped_file_has_the_four_policies():
    assert list(policies()) == ["match", "lift", "calm", "custom"]


@pytest.mark.parametrize("songs", [0, 1, 9])
def test_match_stays_at_the_mood(songs):
    assert policies()["match"].target(SAD, songs=songs) == SAD


def test_lift_begins_where_you_are_and_comes_step_by_step_to_the_goal():
    lift = Policy("lift", "Lift", "…", goal=Point(0.4, 0.3), step=0.5)
    mood = Point(-0.8, -0.6)  # (1.2, 0.9) away: 1.5, three steps of (0.4, 0.3)
    path = [lift.target(mood, songs=songs) for songs in range(5)]
    expected = [(-0.8, -0.6), (-0.4, -0.3), (0.0, 0.0), (0.4, 0.3), (0.4, 0.3)]
    assert [(p.valence, p.arousal) for p in path] == [pytest.approx(e, abs=1e-12) for e in expected]


def test_hold_keeps_the_first_songs_at_the_mood():
    calm = Policy("calm", "Calm", "…", goal=Point(0, 0), hold=3, step=0.2)
    assert [calm.target(Point(0, 1), songs=n).arousal for n in range(5)] == pytest.approx([1, 1, 1, 0.8, 0.6])


def test_the_visitors_goal_counts_only_where_the_policy_leaves_it_to_them():
    goal = Point(0.0, 0.9)
    assert policies()["custom"].target(Point(0, 0), songs=9, goal=goal) == goal
    assert policies()["custom"].target(SAD, songs=9) == SAD
    assert policies()["calm"].target(SAD, songs=99, goal=goal) == Point(0.5, -0.6)


GOOD = '[a]\ntitle = "A"\nsummary = "B."\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one table"),
        ("[a", "not TOML"),
        ("a = 1", "`a` must be a table"),
        (GOOD + "stp = 1", r"\[a\] has a key 'stp'; known are goal, hold, own_goal, step, summary, title"),
        ('[a]\nsummary = "B."', r"\[a\] title must be a text of 1 to 40 characters. Received: None"),
        (GOOD + "step = 0", r"\[a\] step must be a number from 0.01 to 3. Received: 0"),
        (GOOD + "step = nan", r"\[a\] step must be a number"),
        (GOOD + "hold = 1.5", r"\[a\] hold must be a whole number from 0 to 100. Received: 1.5"),
        (GOOD + "hold = true", r"\[a\] hold must be a whole number"),
        (GOOD + 'own_goal = "yes"', r"\[a\] own_goal must be true or false. Received: 'yes'"),
        (
            GOOD + "goal = { valence = 2, arousal = 0 }",
            r"goal.valence must be a number from -1 to 1. Received: 2",
        ),
        (GOOD + "goal = { valence = 1 }", r"\[a\] goal must be \{ valence"),
        (f'["{"x" * 41}"]\ntitle = "A"\nsummary = "B."', "name must be a text of 1 to 40"),
    ],
)
def test_a_wrong_file_is_named_at_its_place(text, message):
    with pytest.raises(PolicyError, match=message):
        parse_policies(text)
