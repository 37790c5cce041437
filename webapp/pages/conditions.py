"""Whom a model reads well, and in what size, light and angle, as the page `/model` shows it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext


@dataclass(frozen=True)
class Found:
    """How many pictures of one kind get the right label.

    Attributes:
        right: Number of them.
        pictures: Number of all.
        interval: 95 % interval of their share, 0..1.
    """

    right: int
    pictures: int
    interval: tuple[float, float]

    @property
    def share(self) -> float:
        """Share that is right, 0..1."""
        return self.right / self.pictures


@dataclass(frozen=True)
class ConditionGroup:
    """Pictures of one group of people, or in one condition.

    Attributes:
        condition: What tells the groups apart, as `benchmarks.recognition.conditions` names it.
        value: The group's value of it.
        neutral: Neutral faces that are called neutral.
        smile: Smiles that are called happy: slight ones of people in a laboratory, any on web photos.
    """

    condition: str
    value: str
    neutral: Found
    smile: Found

    @property
    def title(self) -> Any:
        """What the group is for people, in the visitor's language."""
        return TITLES.get((self.condition, self.value), self.value)


@dataclass(frozen=True)
class ByCondition:
    """What was measured of one model.

    Attributes:
        people: Groups of people, each with a neutral and a slightly smiling picture.
        made: Web photos in different sizes, light and angles, the pictures as taken first.
    """

    people: tuple[ConditionGroup, ...]
    made: tuple[ConditionGroup, ...]

    @property
    def worse(self) -> tuple[ConditionGroup, ...]:
        """Conditions in which neutral faces or smiles are found less often than as taken, beyond chance."""
        first, *others = self.made
        return tuple(
            one
            for one in others
            if one.neutral.share < first.neutral.interval[0] or one.smile.share < first.smile.interval[0]
        )

    @property
    def gap(self) -> tuple[float, float, float] | None:
        """How much more often slight smiles of women are found than men's, and its 95 % interval, -1..1.

        `None` if it was not measured. After Newcombe 1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8.
        """
        women, men = self.smile_of("female"), self.smile_of("male")
        if women is None or men is None:
            return None
        (low, high), (low_men, high_men) = women.interval, men.interval
        down = math.hypot(women.share - low, high_men - men.share)
        up = math.hypot(high - women.share, men.share - low_men)
        gap = women.share - men.share
        return gap, gap - down, gap + up

    def smile_of(self, value: str) -> Found | None:
        """Returns how slight smiles of a group of people are found; `None` if it was not measured."""
        return next((group.smile for group in self.people if group.value == value), None)


TITLES = {
    ("sex", "female"): lazy_gettext("Women"),
    ("sex", "male"): lazy_gettext("Men"),
    ("ethnicity", "black"): lazy_gettext("Black"),
    ("ethnicity", "east asian"): lazy_gettext("East Asian"),
    ("ethnicity", "west asian"): lazy_gettext("West Asian"),
    ("ethnicity", "white"): lazy_gettext("White"),
    ("age", "under 25"): lazy_gettext("Under 25"),
    ("age", "25 to 34"): lazy_gettext("25 to 34"),
    ("age", "35 and older"): lazy_gettext("35 and older"),
    ("picture", "as taken"): lazy_gettext("As taken"),
    ("size of the face", "48 pixels"): lazy_gettext("Face of 48 pixels"),
    ("size of the face", "32 pixels"): lazy_gettext("Face of 32 pixels"),
    ("size of the face", "24 pixels"): lazy_gettext("Face of 24 pixels"),
    ("light", "1/4 of the light"): lazy_gettext("A quarter of the light"),
    ("light", "1/16 of the light"): lazy_gettext("A sixteenth of the light"),
    ("light", "1/64 of the light"): lazy_gettext("A sixty-fourth of the light"),
    ("light", "from one side"): lazy_gettext("Light from one side"),
    ("angle of the picture", "15 degrees"): lazy_gettext("Tilted by 15 degrees"),
    ("angle of the picture", "30 degrees"): lazy_gettext("Tilted by 30 degrees"),
    ("angle of the picture", "45 degrees"): lazy_gettext("Tilted by 45 degrees"),
}

Counted = tuple[int, int, float, float]
"""Right, all, and both ends of the interval."""


def group(condition: str, value: str, neutral: Counted, smile: Counted) -> ConditionGroup:
    """Returns a group of people or a condition."""
    neutral_found, smile_found = (Found(one[0], one[1], (one[2], one[3])) for one in (neutral, smile))
    return ConditionGroup(condition, value, neutral_found, smile_found)


BY_CONDITION = {
    "model2-ferplus-balanced": ByCondition(
        people=(
            group("sex", "female", (26, 26, 0.8713, 1.0), (21, 26, 0.6212, 0.9149)),
            group("sex", "male", (25, 25, 0.8668, 1.0), (12, 25, 0.3003, 0.665)),
            group("ethnicity", "black", (9, 9, 0.7009, 1.0), (5, 9, 0.2667, 0.8112)),
            group("ethnicity", "east asian", (3, 3, 0.4385, 1.0), (2, 3, 0.2077, 0.9385)),
            group("ethnicity", "west asian", (5, 5, 0.5655, 1.0), (2, 5, 0.1176, 0.7693)),
            group("ethnicity", "white", (34, 34, 0.8985, 1.0), (24, 34, 0.5383, 0.8317)),
            group("age", "under 25", (23, 23, 0.8569, 1.0), (14, 23, 0.4079, 0.7784)),
            group("age", "25 to 34", (17, 17, 0.8157, 1.0), (10, 17, 0.3601, 0.7839)),
            group("age", "35 and older", (10, 10, 0.7225, 1.0), (9, 10, 0.5958, 0.9821)),
        ),
        made=(
            group("picture", "as taken", (119, 150, 0.7153, 0.8618), (132, 150, 0.8231, 0.9315)),
            group("size of the face", "48 pixels", (118, 150, 0.7083, 0.8571), (134, 149, 0.8447, 0.947)),
            group("size of the face", "32 pixels", (121, 150, 0.745, 0.8675), (127, 150, 0.7867, 0.9041)),
            group("size of the face", "24 pixels", (113, 150, 0.6828, 0.8227), (126, 150, 0.7727, 0.9013)),
            group("light", "1/4 of the light", (123, 150, 0.7467, 0.8831), (132, 150, 0.8207, 0.9338)),
            group("light", "1/16 of the light", (134, 150, 0.8378, 0.9424), (110, 150, 0.6556, 0.8067)),
            group("light", "1/64 of the light", (118, 150, 0.7172, 0.8487), (27, 150, 0.1203, 0.2448)),
            group("light", "from one side", (119, 150, 0.7226, 0.8588), (121, 150, 0.7421, 0.8667)),
            group(
                "angle of the picture", "15 degrees", (114, 150, 0.6867, 0.8263), (131, 150, 0.8151, 0.9252)
            ),
            group(
                "angle of the picture", "30 degrees", (90, 150, 0.5214, 0.6781), (128, 150, 0.7905, 0.9103)
            ),
            group(
                "angle of the picture", "45 degrees", (54, 150, 0.2857, 0.4406), (125, 150, 0.7746, 0.8897)
            ),
        ),
    ),
}
"""What was measured, by model: `python -m benchmarks.recognition.conditions`, whose facts a test compares with this."""
