"""/model: whom the model reads well, and in what size, light and angle."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

from tests.support.app import make_app
from tests.support.fakes import FakeClassifier
from tests.support.servers import SHIPPED
from webapp.pages.conditions import BY_CONDITION, ByCondition, Found, group

FACTS = json.loads((Path(__file__).parents[2] / "docs/results/data/conditions.json").read_text())
SETS = {"sex": "London Set", "ethnicity": "London Set", "age": "London Set"}


def page(name: str, language: str = "en") -> str:
    classifier = FakeClassifier()
    classifier.card.content = copy.deepcopy(json.loads((SHIPPED / "card.json").read_text())) | {"name": name}
    client = make_app(classifier=classifier).test_client()
    return client.get("/model", headers={"Accept-Language": language}).get_data(as_text=True)


def test_the_page_says_what_was_measured():
    """The figures are a copy: the app is installed without docs."""
    measured = {(row["set"], row["condition"], row["value"], row["label"]): row for row in FACTS["rows"]}
    found = BY_CONDITION[FACTS["model"]]
    for one in (*found.people, *found.made):
        for label, of_label in (("neutral", one.neutral), ("happy", one.smile)):
            row = measured[SETS.get(one.condition, "web photos"), one.condition, one.value, label]
            expected = Found(row["right"], row["pictures"], tuple(row["interval"]))
            assert of_label == expected, (one.value, label)


@pytest.mark.parametrize("language", ["en", "de"])
def test_groups_stand_with_share_interval_and_number(language):
    text = page(FACTS["model"], language)
    women = re.search(r'<li data-group="female">.*?</li>', text, re.DOTALL)[0]
    assert {"en": "Women (26)", "de": "Frauen (26)"}[language] in women
    assert ">81\u00a0%<" in women and 'width="80.8"' in women  # 21 of 26
    assert 'x="62.1"' in women and 'width="29.4"' in women  # the interval, 62.1 to 91.5
    assert text.count("<li data-group=") == len(BY_CONDITION[FACTS["model"]].people) + len(
        BY_CONDITION[FACTS["model"]].made
    )
    assert {"en": "A difference of 33 points (7 to 54).", "de": "Ein Unterschied von 33 Punkten (7 bis 54)."}[
        language
    ] in text


def test_a_model_that_was_not_measured_has_no_such_section():
    assert "data-group" not in page("another-model")


def test_only_what_chance_does_not_explain_is_called_worse():
    as_taken = group("picture", "as taken", (80, 100, 0.7, 0.9), (90, 100, 0.8, 0.95))
    less = group("light", "less", (71, 100, 0.6, 0.8), (81, 100, 0.7, 0.9))
    dark = group("light", "dark", (69, 100, 0.6, 0.8), (90, 100, 0.7, 0.9))
    far = group("size", "far", (80, 100, 0.6, 0.8), (79, 100, 0.7, 0.9))
    assert ByCondition((), (as_taken, less, dark, far)).worse == (dark, far)
    assert ByCondition((), (as_taken,)).gap is None
