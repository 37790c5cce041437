"""A model's card as the page `/model` shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

REPORTED = "PrivateTest"
HEAT_STEPS = 10
SPLITS = {
    "PublicTest": lazy_gettext("Chose the epoch and the temperature"),
    "PrivateTest": lazy_gettext("Looked at once, for this table"),
    "PublicTest (flip averaged)": lazy_gettext("The same, with the mirrored image averaged in"),
    "PrivateTest (flip averaged)": lazy_gettext("The same, with the mirrored image averaged in"),
    "PrivateTest (no duplicates of other splits)": lazy_gettext(
        "Without images that also stand in another split"
    ),
}


@dataclass(frozen=True)
class Split:
    """One line of the table of splits; shares are 0..1."""

    name: str
    about: str
    n: int
    accuracy: float
    balanced_accuracy: float
    ece: float


@dataclass(frozen=True)
class Cell:
    """One cell of a confusion matrix.

    Attributes:
        count: Images.
        share: Of the images with the row's true label, 0..1.
        heat: 0..10, for its colour.
    """

    count: int
    share: float
    heat: int


@dataclass(frozen=True)
class Confusion:
    """One label's row: what its images were called."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about one confidence; all shares 0..1."""

    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class ModelPage:
    """All that the page draws; `reported` is the split it shows in detail, `None` if the card measured none."""

    splits: tuple[Split, ...]
    reported: Split | None
    per_class: tuple[Mapping[str, Any], ...]
    confusion: tuple[Confusion, ...]
    reliability: tuple[ReliabilityBin, ...]
    hardest: str | None
    easiest: str | None


def make_model_page(card: Mapping[str, Any]) -> ModelPage:
    """Turns a card's metrics into what the page shows.

    Args:
        card: As in `card.json`; parts that it lacks are left out.
    """
    metrics = card.get("metrics", {})
    splits = tuple(_split(name, figures) for name, figures in metrics.items())
    name = REPORTED if REPORTED in metrics else next(iter(metrics), None)
    if name is None:
        return ModelPage((), None, (), (), (), None, None)
    figures = metrics[name]
    by_recall = sorted(figures["per_class"], key=lambda row: row["recall"])
    return ModelPage(
        splits=splits,
        reported=next(split for split in splits if split.name == name),
        per_class=tuple(figures["per_class"]),
        confusion=_confusion([row["label"] for row in figures["per_class"]], figures["confusion"]),
        reliability=tuple(
            ReliabilityBin(b["n"], b["confidence"], b["accuracy"]) for b in figures.get("reliability", ())
        ),
        hardest=by_recall[0]["label"],
        easiest=by_recall[-1]["label"],
    )


def _split(name: str, figures: Mapping[str, Any]) -> Split:
    accuracy, balanced = figures["accuracy"], figures["balanced_accuracy"]
    return Split(name, SPLITS.get(name, ""), figures["n"], accuracy, balanced, figures["ece"])


def _confusion(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> tuple[Confusion, ...]:
    rows = []
    for label, row in zip(labels, counts, strict=True):
        total = sum(row)
        shares = [count / total if total else 0.0 for count in row]
        cells = (
            Cell(count, share, round(share * HEAT_STEPS)) for count, share in zip(row, shares, strict=True)
        )
        rows.append(Confusion(label, tuple(cells)))
    return tuple(rows)
