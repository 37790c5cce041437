"""A model's card as the page `/model` shows it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

REPORTED = "PrivateTest"
AS_LABELLED = "PrivateTest (original labels)"
HEAT_STEPS = 10
TITLES = {
    "PublicTest": lazy_gettext("Pictures for choosing"),
    "PublicTest (flip averaged)": lazy_gettext("Pictures for choosing, mirrored too"),
    "PrivateTest": lazy_gettext("Test pictures"),
    "PrivateTest (flip averaged)": lazy_gettext("Test pictures, mirrored too"),
    "PrivateTest (no duplicates of other splits)": lazy_gettext("Test pictures, no duplicates"),
    "PrivateTest (FER+ majority labels)": lazy_gettext("Test pictures, ten people's labels"),
    "PrivateTest (original labels)": lazy_gettext("Test pictures, first labels"),
    "CK+48, six expressions": lazy_gettext("Posed in a laboratory"),
}
"""What the sets of pictures are for people; their own names stand beside."""

MODEL_TITLES = {
    "model2-ferplus-balanced": lazy_gettext("Balanced"),
    "model2-ferplus-balanced-int8": lazy_gettext("Balanced"),
    "model2-fer2013-best": lazy_gettext("FER2013, best"),
    "model2-fer2013": lazy_gettext("FER2013, first"),
    "model2-ferplus": lazy_gettext("Ten people's votes"),
}

WEB_PHOTOS = {
    "model2-ferplus-balanced": 0.674,
    "model2-ferplus-balanced-int8": 0.676,
    "model2-fer2013-best": 0.601,
    "model2-fer2013": 0.604,
    "model2-ferplus": 0.635,
}
"""Share of web photos that a model names right, the mean of six expressions without disgust, 845 faces
(`python -m benchmarks.recognition.crops models/NAME`; of the int8 model 844 faces, `benchmarks.recognition.precision`).
Cards have no such figure: the photos are not ours to train or to publish on."""

MAJORITY = "PrivateTest (FER+ majority labels)"
POSED = "CK+48, six expressions"

SPLITS = {
    "PublicTest": lazy_gettext("Chose the epoch and the temperature"),
    "PrivateTest": lazy_gettext("Looked at once, for this table"),
    "PublicTest (flip averaged)": lazy_gettext("The same, with the mirrored image averaged in"),
    "PrivateTest (flip averaged)": lazy_gettext("The same, with the mirrored image averaged in"),
    "PrivateTest (no duplicates of other splits)": lazy_gettext(
        "Without images that also stand in another split"
    ),
    "PrivateTest (FER+ majority labels)": lazy_gettext("The same pictures, as most of ten people named them"),
    "PrivateTest (original labels)": lazy_gettext("The same pictures with the labels they came with"),
    "CK+48, six expressions": lazy_gettext("Posed in a laboratory; never learned from"),
}


@dataclass(frozen=True)
class Split:
    """One set of pictures; shares are 0..1.

    Attributes:
        name: Name of the split alone; `about` says what is special about this line.
        title: What the pictures are, in the visitor's language.
        about: Remark in the visitor's language, or nothing.
        n: Number of images.
        accuracy: Share that is right.
        balanced_accuracy: Mean over the expressions of the share that is right.
        ece: Calibration gap.
        interval: 95 % interval of `accuracy`, if the card has one.
    """

    name: str
    title: str
    about: str
    n: int
    accuracy: float
    balanced_accuracy: float
    ece: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Expression:
    """How well one expression is read; shares are 0..1.

    Attributes:
        label: Label of the expression.
        recall: Share of its images that get this label.
        precision: Share of the images with this label for which it is right.
        support: Number of its images.
        rival: Expression that its images are most often mistaken for, `None` if they never are.
        rival_share: Share of them that is.
    """

    label: str
    recall: float
    precision: float
    support: int
    rival: str | None
    rival_share: float


@dataclass(frozen=True)
class Cell:
    """One cell of a confusion matrix.

    Attributes:
        count: Images.
        share: Share of the images with the row's true label, 0..1.
        heat: Step of its colour, 0..10.
    """

    count: int
    share: float
    heat: int


@dataclass(frozen=True)
class Confusion:
    """One label's row: what its images were called, in the order of `said`."""

    label: str
    said: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about one confidence; all shares 0..1."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class ComparedModel:
    """One model beside the others; shares are 0..1, `None` where it was not measured.

    Attributes:
        name: Name of the model.
        title: The same for people, in the visitor's language.
        is_own: Whether it is the server's own.
        web: Share of web photos that it names right.
        majority: The same of FER2013's test pictures, as most of ten people labelled them.
        original: The same with the labels they came with.
        posed: The same of posed expressions.
    """

    name: str
    title: str
    is_own: bool
    web: float | None
    majority: float | None
    original: float | None
    posed: float | None


@dataclass(frozen=True)
class ModelPage:
    """All that the page draws.

    Attributes:
        splits: Every set of images that the card has figures of.
        reported: The set shown in detail, `None` if the card has no figures.
        as_labelled: The same images and those that people disagree on, with their original labels.
        expressions: Figures of each expression on that set, best read first.
        confusion: Rows of its confusion matrix, in label order.
        reliability: Bins of its reliability diagram; empty if the card has none.
        web: Share of web photos that the model names right, 0..1; `None` if it was not measured.
    """

    web: float | None = None
    splits: tuple[Split, ...] = ()
    reported: Split | None = None
    as_labelled: Split | None = None
    expressions: tuple[Expression, ...] = ()
    confusion: tuple[Confusion, ...] = ()
    reliability: tuple[ReliabilityBin, ...] = ()


def make_model_page(card: Mapping[str, Any]) -> ModelPage:
    """Turns a card's metrics into what the page shows.

    Args:
        card: Content of `card.json`; parts that it lacks are left out.
    """
    metrics = card.get("metrics", {})
    name = REPORTED if REPORTED in metrics else next(iter(metrics), None)
    if name is None:
        return ModelPage()
    figures = metrics[name]
    confusion = _confusion([row["label"] for row in figures["per_class"]], figures["confusion"])
    expressions = map(_expression, figures["per_class"], confusion)
    bins = figures.get("reliability", ())
    as_labelled = metrics.get(AS_LABELLED)
    return ModelPage(
        web=WEB_PHOTOS.get(card.get("name", "")),
        splits=tuple(_split(split, of_split) for split, of_split in metrics.items()),
        reported=_split(name, figures),
        as_labelled=_split(AS_LABELLED, as_labelled) if as_labelled else None,
        expressions=tuple(sorted(expressions, key=lambda one: one.recall, reverse=True)),
        confusion=confusion,
        reliability=tuple(ReliabilityBin(b["n"], b["confidence"], b["accuracy"]) for b in bins),
    )


def compare_models(cards: Mapping[str, Mapping[str, Any]], own: str) -> tuple[ComparedModel, ...]:
    """Returns models side by side, the best on web photos first.

    Args:
        cards: Contents of their cards, by the models' names.
        own: Name of the server's own.
    """
    models = [_compared(name, card.get("metrics", {}), name == own) for name, card in cards.items()]
    return tuple(sorted(models, key=lambda one: -(one.web or 0)))


def _compared(name: str, metrics: Mapping[str, Any], is_own: bool) -> ComparedModel:
    accuracies = {split: figures["accuracy"] for split, figures in metrics.items()}
    test = accuracies.get(REPORTED)
    by_majority = (
        AS_LABELLED in accuracies
    )  # the labels that the model learned are those that it is tested with
    return ComparedModel(
        name=name,
        title=MODEL_TITLES.get(name, name),
        is_own=is_own,
        web=WEB_PHOTOS.get(name),
        majority=test if by_majority else accuracies.get(MAJORITY),
        original=accuracies[AS_LABELLED] if by_majority else test,
        posed=accuracies.get(POSED),
    )


def _split(name: str, figures: Mapping[str, Any]) -> Split:
    interval = figures.get("accuracy_interval")
    return Split(
        name=re.split(r" \(|, ", name)[0],
        title=TITLES.get(name, name),
        about=SPLITS.get(name, name.partition(" (")[2].rstrip(")")),
        n=figures["n"],
        accuracy=figures["accuracy"],
        balanced_accuracy=figures["balanced_accuracy"],
        ece=figures["ece"],
        interval=(interval[0], interval[1]) if interval else None,
    )


def _expression(figures: Mapping[str, Any], row: Confusion) -> Expression:
    label = figures["label"]
    wrong = [(cell.share, said) for cell, said in zip(row.cells, row.said, strict=True) if said != label]
    share, rival = max(wrong)
    return Expression(
        label=label,
        recall=figures["recall"],
        precision=figures["precision"],
        support=figures["support"],
        rival=rival if share > 0 else None,
        rival_share=share,
    )


def _confusion(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> tuple[Confusion, ...]:
    rows = []
    for label, row in zip(labels, counts, strict=True):
        total = sum(row)
        shares = [count / total if total else 0.0 for count in row]
        cells = (
            Cell(count, share, round(share * HEAT_STEPS)) for count, share in zip(row, shares, strict=True)
        )
        rows.append(Confusion(label, tuple(labels), tuple(cells)))
    return tuple(rows)
