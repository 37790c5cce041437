"""/model: the card's figures as a person reads them."""

from __future__ import annotations

import copy
import html
import json
import re

import pytest

from benchmarks.recognition import mistakes
from tests.support.app import make_app
from tests.support.fakes import MOSTLY_NEUTRAL, FakeClassifier
from tests.support.servers import SHIPPED
from webapp.pages.mistakes import read_mistakes
from webapp.pages.model_card import compare_models, make_model_page
from webapp.paths import PACKAGES as ROOT

STATIC = ROOT / "static"
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
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").replace("&nbsp;", " ").split())


def test_the_headline_is_the_accuracy_on_pictures_never_seen():
    text = page()
    assert f"<strong>{100 * PRIVATE['accuracy']:.1f}\u00a0%</strong>" in text
    assert "of 3,137 test pictures" in words(text)
    assert "Guessing gives 14 %." in words(text)  # one in seven
    assert "95 % interval" not in words(page(lambda private: private.pop("accuracy_interval", None)))


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
    assert "With other pictures of this kind it would be 68.4 % to 71.5 % (95 % interval)." in text


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


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Computes in int8, made from model2-ferplus-balanced"),
        ("de", "Rechnet in int8, erzeugt aus model2-ferplus-balanced"),
    ],
)
def test_a_quantized_model_says_what_it_was_made_from(language, line):
    card = json.loads((SHIPPED.with_name(SHIPPED.name + "-int8") / "card.json").read_text())
    classifier = FakeClassifier()
    classifier.card.content = card
    client = make_app(classifier=classifier).test_client()
    text = client.get("/model", headers={"Accept-Language": language}).get_data(as_text=True)
    assert line in words(text)
    accuracy = f"{100 * card['metrics']['PrivateTest']['accuracy']:.1f}"
    assert accuracy.replace(".", "," if language == "de" else ".") in text
    assert line not in words(page(language=language))


def test_an_unmeasured_model_says_so():
    assert "has not been measured" in make_app().test_client().get("/model").get_data(as_text=True)


def test_no_inline_style():
    assert " style=" not in page(lambda private: private.update(reliability=BINS))


def test_the_figure_nearest_to_a_visitor_s_photos_stands_beside_the_flattering_one():
    text = page()
    assert text.count('<p class="headline"><strong>') == 2
    assert "67.4 % of photos from the web, which is nearest to what you bring" in words(text)
    assert "disgust, which it hardly finds there, is left out" in words(text)


def test_each_expression_has_two_bars():
    """Disgust is often found and seldom right when said: one figure alone misleads."""
    (row,) = [one for one in PRIVATE["per_class"] if one["label"] == "disgust"]
    item = page().partition('<li data-expression="disgust">')[2].partition("</li>")[0]
    assert item.count('<svg class="share"') == 2
    found = f"found {100 * row['recall']:.0f} % right when said {100 * row['precision']:.0f} %"
    assert found in words(item)


def test_sets_of_pictures_have_names_for_people():
    titles = [str(split.title) for split in make_model_page(CARD).splits]
    assert len(set(titles)) == len(titles)
    assert not [one for one in titles if "PublicTest" in one or "PrivateTest" in one]


def test_models_stand_side_by_side_by_the_labels_that_they_are_asked_for():
    cards = {path.parent.name: json.loads(path.read_text()) for path in SHIPPED.parent.glob("*/card.json")}
    models = {one.name: one for one in compare_models(cards, SHIPPED.name)}
    own, best = models[SHIPPED.name], models["model2-fer2013-best"]
    assert (own.is_own, best.is_own) == (True, False)
    assert (own.web, best.web) == (0.674, 0.601)
    assert own.majority == PRIVATE["accuracy"]
    assert best.original == cards[best.name]["metrics"]["PrivateTest"]["accuracy"]
    assert best.majority < own.majority
    assert own.original < best.original


WRONG = json.loads((STATIC / "samples" / "wrong" / "wrong.json").read_text())


def test_pictures_that_it_got_wrong_are_shown_with_what_they_show_and_how_sure_it_was():
    text = page()
    pictures = re.findall(r'<img src="/static/[0-9a-f]+/(samples/wrong/[^"?]+)', text)
    assert len(pictures) == len(WRONG["examples"]) == 10
    assert all((STATIC / one).stat().st_size < 10_000 for one in pictures)
    plain = words(text)
    num, wrong = WRONG["num_pictures"], WRONG["num_wrong"]
    assert (
        f"Of {num} studio portraits, it named {wrong} wrong. These are the 10 of which it was surest."
        in plain
    )
    surest = WRONG["examples"][0]
    assert f"{surest['said']} 99 % shows: {surest['shows']}" in plain  # no reading is certain
    sure = [one["confidence"] for one in WRONG["examples"]]
    assert sure == sorted(sure, reverse=True)
    assert all(one["said"] != one["shows"] for one in WRONG["examples"])


def test_mistakes_are_shown_of_the_model_that_made_them_alone(tmp_path):
    assert read_mistakes(STATIC, {"the int8 one", WRONG["model"]}).num_wrong == WRONG["num_wrong"]
    assert read_mistakes(STATIC, {"another", None}) is None
    assert read_mistakes(tmp_path, {WRONG["model"]}) is None


def test_the_shown_mistakes_are_those_that_the_command_finds(shared_data, tmp_path):
    archive = shared_data / "london-dev.zip"
    mistakes.main(SHIPPED, archive, tmp_path)
    found = json.loads((tmp_path / "wrong.json").read_text())
    assert found["num_wrong"] == WRONG["num_wrong"]
    kept = [one["shows"] for one in found["examples"]], [one["said"] for one in found["examples"]]
    assert kept == ([one["shows"] for one in WRONG["examples"]], [one["said"] for one in WRONG["examples"]])
    assert [one["confidence"] for one in found["examples"]] == pytest.approx(
        [one["confidence"] for one in WRONG["examples"]], abs=0.01
    )


@pytest.mark.parametrize(
    ("strength", "language", "sentence", "has_caveat"),
    [
        (0.3, "en", "The sensitivity is 0.3: at 0", True),
        (1.0, "en", "The sensitivity is 1: at 0", False),
        (0.3, "de", "Die Empfindlichkeit ist 0,3: Bei 0", True),
    ],
)
def test_the_sensitivity_is_said_and_that_the_figures_are_at_another(
    strength, language, sentence, has_caveat
):
    classifier = FakeClassifier()
    classifier.card.content = copy.deepcopy(CARD) | {
        "label_prior": {**MOSTLY_NEUTRAL, "learned": 1.0, "strength": strength}
    }
    client = make_app(classifier=classifier).test_client()
    text = words(client.get("/model", headers={"Accept-Language": language}).get_data(as_text=True))
    assert sentence in text
    caveat = {"en": "The figures above are the model's own answers", "de": "Die Zahlen oben sind"}[language]
    assert (caveat in html.unescape(text)) == has_caveat


def test_a_model_without_frequencies_has_no_sensitivity():
    assert "The sensitivity is" not in words(page(without="label_prior"))
    assert "The sensitivity is" in words(page())
