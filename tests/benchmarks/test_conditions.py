"""Recall by person and by condition, worked by hand."""

import math
import zipfile

import cv2
import numpy as np
import pytest

from benchmarks.recognition import conditions
from benchmarks.recognition.conditions import AGES, AS_TAKEN, Answer, in_range, interval, recalls, tilt_deg
from webapp.inference import LABELS


def answer(label, said, *, person, condition=AS_TAKEN, second="neutral"):
    probs = None
    if said is not None:
        probs = np.full(7, 0.01)
        probs[LABELS.index(second)], probs[LABELS.index(said)] = 0.3, 0.65
    return Answer(condition, label, person, probs)


def test_a_face_that_is_not_found_counts_as_wrong():
    answers = [
        answer("happy", said, person=str(at)) for at, said in enumerate(("happy", "neutral", None, "happy"))
    ]
    (row,) = recalls("a set", answers)
    assert (row["pictures"], row["people"], row["right"], row["no_face"]) == (4, 4, 2, 1)
    assert row["said"] == {"happy": 2, "neutral": 1}
    assert row["interval"] == [
        pytest.approx(0.15, abs=0.001),
        pytest.approx(0.85, abs=0.001),
    ]  # Wilson, 2 of 4


def test_conditions_and_labels_are_counted_apart():
    dark = ("light", "1/4 of the light")
    answers = [
        answer("happy", "happy", person="1"),
        answer("happy", "sad", person="1", condition=dark),
        answer("neutral", "neutral", person="1", condition=dark),
    ]
    found = [
        (row["condition"], row["value"], row["label"], row["right"]) for row in recalls("a set", answers)
    ]
    assert found == [("picture", "as taken", "happy", 1), (*dark, "happy", 0), (*dark, "neutral", 1)]


def test_a_reading_gets_the_persons_answer_to_the_neutral_picture():
    answers = [
        answer("neutral", "neutral", person="1"),
        answer("happy", "neutral", second="happy", person="1"),
        answer("happy", "neutral", second="happy", person="2"),
    ]

    def what_rises(probs, neutral):
        return probs if neutral is None else probs - neutral

    rows = {row["label"]: row for row in recalls("a set", answers, what_rises)}
    assert rows["happy"]["right"] == 1  # of person 2 there is no neutral picture


def test_a_person_with_several_pictures_counts_once_in_the_interval():
    right = np.array([True] * 50 + [False] * 50)
    people = ["one"] * 50 + ["other"] * 50
    assert interval(right, people) == (0.0, 1.0)
    low, high = interval(right, [str(number) for number in range(100)])
    assert 0.4 < low < high < 0.6


def test_where_all_are_right_the_interval_is_not_a_point():
    low, high = interval(np.ones(20, bool), [str(at // 2) for at in range(20)])
    assert low < 0.9 and high == pytest.approx(1)


def test_ranges_begin_where_the_last_one_ends():
    assert [in_range(age, AGES) for age in (24, 25, 34, 35)] == [
        "under 25",
        "25 to 34",
        "25 to 34",
        "35 and older",
    ]


def test_a_turned_picture_shows_eyes_turned_as_far():
    assert tilt_deg(((0, 0), (10, 10))) == pytest.approx(45)
    assert tilt_deg(((0, 10), (10, 10 - 10 * math.tan(math.radians(15))))) == pytest.approx(15)
    dots = np.zeros((101, 101, 3), np.uint8)
    dots[50, 20], dots[50, 80] = 255, 128
    turned = conditions.turned(dots, 30)[..., 0]
    ys, xs = np.nonzero(turned > 20)
    left, right = xs < 50, xs > 50
    assert ys[left].mean() < 50 < ys[right].mean()  # clockwise
    eyes = ((xs[left].mean(), ys[left].mean()), (xs[right].mean(), ys[right].mean()))
    assert tilt_deg(eyes) == pytest.approx(30, abs=1.5)


def test_faces_are_made_smaller_and_never_larger():
    made = dict(conditions.variations(np.zeros((200, 100, 3), np.uint8), 50))
    sizes = {
        value: rgb.shape[:2] for (condition, value), rgb in made.items() if condition == "size of the face"
    }
    assert sizes == {"48 pixels": (192, 96), "32 pixels": (128, 64), "24 pixels": (96, 48)}


def test_a_quarter_of_the_light_is_about_half_the_grey_level():
    grey = np.full((2, 2, 3), 200, np.uint8)
    assert conditions.darker(grey, 2)[0, 0, 0] == 107  # 200 / 4 ** (1 / 2.2)
    lit = conditions.side_lit(np.full((1, 3, 3), 200, np.uint8))[0, :, 0]
    assert lit[0] == 200 and lit[1] == 78 and lit[2] == 30


def test_what_people_said_of_themselves_stands_with_their_pictures(tmp_path):
    png = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    with zipfile.ZipFile(tmp_path / "london.zip", "w") as archive:
        archive.writestr(
            "london-dev/people.csv", "face_id,face_age,face_gender,face_eth\n007,NA,female,east_asian\n"
        )
        for folder in ("neutral", "smiling"):
            archive.writestr(f"london-dev/{folder}/007.jpg", png)
    pictures = list(conditions.read_london(tmp_path / "london.zip"))
    assert [picture.label for picture in pictures] == ["neutral", "happy"]
    assert pictures[0].traits == {"sex": "female", "ethnicity": "east asian"}


def test_pictures_of_one_name_are_of_one_person(tmp_path):
    png = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    with zipfile.ZipFile(tmp_path / "web.zip", "w") as archive:
        for name in ("anger/Jane_Doe_0001.png", "sadness/Jane_Doe_0012.png", "contempt/Jane_Doe_0002.png"):
            archive.writestr(f"web/{name}", png)
    pictures = list(conditions.read_web(tmp_path / "web.zip"))
    assert [(picture.label, picture.person) for picture in pictures] == [
        ("angry", "Jane_Doe"),
        ("sad", "Jane_Doe"),
    ]
