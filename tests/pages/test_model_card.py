"""/model: the card's figures as a person reads them."""

from __future__ import annotations

import copy
import html
import json
import re

import pytest

from tests.support.app import make_app
from tests.support.fakes import FakeClassifier
from tests.support.servers import SHIPPED
from webapp.pages.model_card import make_model_page

CARD = json.loads((SHIPPED / "card.json").read_text())
PRIVATE = CARD["metrics"]["PrivateTest"]


def page(change=lambda private: None, language: str = "en", without: str = "") -> str:
    card = copy.deepcopy(CARD)
    card.pop(without, None)
    change(card["metrics"]["PrivateTest"])
    classifier = FakeClassifier()
    classifier.card.content = card
    client = make_app(classifier=classifier).test_client()
    return client.get("/model", headers={"Accept-Language": language}).get_data(as_text=True)


def words(html: str) -> str:
    """The text without tags, with single plain spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").split())


def test_the_headline_is_the_accuracy_on_pictures_never_seen():
    text = page()
    assert f"<strong>{100 * PRIVATE['accuracy']:.1f}\u00a0%</strong>" in text
    assert "of 3,137 test pictures" in words(text)
    assert "Guessing gives 14 %." in words(text)  # one in seven
    assert "nineteen times" not in page(lambda private: private.pop("accuracy_interval", None))


def test_what_agreement_leaves_out_is_said():
    """A score on the pictures that most people agree on looks better than one on all."""
    all_pictures = CARD["metrics"]["PrivateTest (original labels)"]["accuracy"]
    assert (
        f"Of all 3,589, with the labels they came with, it gets {100 * all_pictures:.1f} % right."
        in words(page())
    )
    card = copy.deepcopy(CARD)
    del card["metrics"]["PrivateTest (original labels)"]
    assert make_model_page(card).as_labelled is None


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_the_model_is_for_is_said_where_its_card_says_it(language):
    heading = {"en": "Which model this is", "de": "Welches Modell das ist"}[language]
    assert heading in page(language=language)
    assert {"en": "The app's own model", "de": "Das Modell dieser Anwendung"}[language] in html.unescape(
        page(language=language)
    )
    assert heading not in page(lambda private: None, language, without="purpose")


def test_an_interval_is_shown_where_the_card_has_one():
    text = words(page(lambda private: private.update(accuracy_interval=[0.684, 0.7146])))
    assert (
        "With other pictures of this kind it would be 68.4 % to 71.5 %, nineteen times out of twenty." in text
    )


def test_the_matrix_holds_every_cell_in_percent_of_its_row():
    text = page()
    assert text.count('<td class="heat-') == 49
    happy = PRIVATE["confusion"][3]
    assert f'right" title="{happy[3]} pictures">{100 * happy[3] / sum(happy):.0f}</td>' in text


def test_expressions_stand_from_the_best_to_the_worst_read():
    found = make_model_page(CARD).expressions
    recalls = {row["label"]: row["recall"] for row in PRIVATE["per_class"]}
    assert [one.label for one in found] == sorted(recalls, key=recalls.get, reverse=True)
    assert (found[0].label, found[-1].label) == ("happy", "neutral")


def test_what_an_expression_is_mistaken_for_is_the_largest_wrong_cell():
    neutral = make_model_page(CARD).expressions[-1]
    row = PRIVATE["confusion"][6]  # sad is column 4
    assert (neutral.rival, neutral.rival_share) == ("sad", pytest.approx(row[4] / sum(row)))
    assert f"Most often mistaken for sad, {100 * row[4] / sum(row):.0f} %." in words(page())


def test_an_expression_that_is_never_mistaken_has_no_rival():
    def only_right(private):
        private["confusion"][3] = [0, 0, 0, 879, 0, 0, 0]

    card = copy.deepcopy(CARD)
    only_right(card["metrics"]["PrivateTest"])
    happy = next(one for one in make_model_page(card).expressions if one.label == "happy")
    assert (happy.rival, happy.rival_share) == (None, 0.0)


def test_every_split_has_its_line():
    page_of_card = make_model_page(CARD)
    names = [split.name for split in page_of_card.splits]
    assert names[:5] == ["PublicTest"] * 2 + ["PrivateTest"] * 3
    assert len(names) == len(CARD["metrics"])
    assert str(page_of_card.splits[4].about) == "Without images that also stand in another split"
    assert (names[-1], str(page_of_card.splits[-1].about)[:11]) == ("CK+48", "Posed in a ")
    balanced = CARD["metrics"]["PrivateTest (no duplicates of other splits)"]["balanced_accuracy"]
    assert f"2,855 pictures; mean of the expressions {100 * balanced:.1f} %" in words(page())


def test_a_split_that_nobody_described_keeps_its_own_words():
    card = {"metrics": {"PrivateTest (by candlelight)": PRIVATE}}
    (split,) = make_model_page(card).splits
    assert (split.name, split.about) == ("PrivateTest", "by candlelight")


BINS = [{"n": 40, "confidence": 0.5, "accuracy": 0.4}, {"n": 60, "confidence": 0.9, "accuracy": 0.95}]


def test_reliability_is_drawn_and_said_where_the_card_has_it():
    text = page(lambda private: private.update(reliability=BINS))
    assert '<circle class="point" cx="50.0" cy="60.0"' in text
    assert 'points="50.0,60.0 90.0,5.0 "' in text
    assert "At 90 % said, 95 % right, 60 pictures." in words(text)
    assert "without the bins" not in text


def test_a_card_without_bins_says_so():
    assert "without the bins" in page(lambda private: private.pop("reliability", None))


def test_limits_and_origin_are_said_in_german_too():
    text = words(page(language="de"))
    assert "Liest den Ausdruck, den ein Gesicht zeigt, nicht, was ein Mensch fühlt." in text
    assert "der Mehrheit; 28.198 davon zum Lernen" in text


def test_an_unmeasured_model_says_so():
    assert "has not been measured" in make_app().test_client().get("/model").get_data(as_text=True)


def test_no_inline_style():
    assert " style=" not in page(lambda private: private.update(reliability=BINS))
