"""The page on people and conditions: whom a model reads well, and in what size, light and angle."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.config import LABELS
from training.report.tables import markdown_table, percent

PAGE = "conditions.md"
LONDON, WEB = "London Set", "web photos"
ABOUT_PEOPLE = ("sex", "ethnicity", "age")
MADE = ("size of the face", "light", "angle of the picture")
SHOWN_LABELS = {
    LONDON: ("neutral", "happy"),
    WEB: ("neutral", "happy", "surprise", "sad", "angry", "fear"),
}
Row = Mapping[str, Any]
HOW = """Percent of the pictures that get the right label as the most probable one, with the 95 % interval (Wilson;
where a person has several pictures, a bootstrap that draws people) and the number of pictures. A face that is not found
counts as wrong. All pictures are out-of-sample: the model learned from other data. They also served to choose its crop
and thresholds, so they are no last test. Neither set says who wears glasses, so nothing is measured about them."""
ABOUT_LONDON = """The Face Research Lab London Set, development half (DeBruine and Jones 2017, CC BY 4.0, doi
10.6084/m9.figshare.5047666): one neutral and one slightly smiling picture of each person, who said their sex, age and
ethnicity. The words are theirs. Light and camera are the same for all. The groups are small: mind the intervals."""
ABOUT_CONDITIONS = """Made from the same pictures, so only the condition differs. A size is the side of the face's box;
pictures with smaller faces are left out there. Light is taken away before it is rounded to 256 levels again. Only the
tilt of heads is found, not made: there other people stand in each row."""
ABOUT_WEB = """Most are tight grey press portraits. Disgust is left out: its photos come from one annotator and are
doubtful."""


def conditions_page(facts: Mapping[str, Any]) -> bytes:
    """Returns the page as Markdown.

    Args:
        facts: What `benchmarks.recognition.conditions` wrote.
    """
    rows = facts["rows"]
    parts = [
        "# By person and by condition",
        f"The app's model, `{facts['model']}`, read as a photo of the app is.",
        f"```sh\n{facts['command']}\npython -m training report\n```",
        HOW,
        "## By person",
        _in_words(rows),
        _table(rows, LONDON, ABOUT_PEOPLE),
        ABOUT_LONDON,
        "## By size, light and angle",
        ABOUT_CONDITIONS,
        f"### {LONDON}",
        _worse(rows, LONDON),
        _table(rows, LONDON, _others(rows, LONDON)),
        f"### {WEB[0].upper()}{WEB[1:]}",
        _worse(rows, WEB),
        _table(rows, WEB, _others(rows, WEB)),
        f"{ABOUT_WEB} {_neutral_called(rows)}",
        "[All results](README.md)",
    ]
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _others(rows: Iterable[Row], name: str) -> list[str]:
    """Returns the conditions of a set that are not about who is shown."""
    return list(
        dict.fromkeys(
            row["condition"] for row in rows if row["set"] == name and row["condition"] not in ABOUT_PEOPLE
        )
    )


def _table(rows: Sequence[Row], name: str, conditions: Sequence[str]) -> str:
    labels = SHOWN_LABELS[name]
    titles = [_title(name, label) for label in labels]
    found = {(row["condition"], row["value"], row["label"]): row for row in rows if row["set"] == name}
    kinds = list(dict.fromkeys(kind[:2] for kind in found if kind[0] in conditions))
    lines = [
        (f"{condition}: {value}", *(_cell(found.get((condition, value, label))) for label in labels))
        for condition, value in sorted(kinds, key=lambda kind: conditions.index(kind[0]))
    ]
    return markdown_table(("", *titles), lines)


def _worse(rows: Sequence[Row], name: str) -> str:
    """Says in which conditions fewer pictures are right than the interval of the pictures as taken lets expect."""
    shown = [row for row in rows if row["set"] == name and row["label"] in SHOWN_LABELS[name]]
    least = {row["label"]: row["interval"][0] for row in shown if row["condition"] == "picture"}
    worse = [
        f"{_title(name, row['label'])} at {row['condition']}: {row['value']} ({_share(row)} %)"
        for row in shown
        if row["condition"] in MADE and row["right"] / row["pictures"] < least.get(row["label"], 0)
    ]
    return f"**Clearly worse than as taken**: {'; '.join(worse)}." if worse else ""


def _title(name: str, label: str) -> str:
    return "slight smile" if (name, label) == (LONDON, "happy") else label


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    low, high = row["interval"]
    share = percent(row["right"] / row["pictures"], 0)
    return f"{share} ({percent(low, 0)} to {percent(high, 0)}) of {row['pictures']}"


def _in_words(rows: Iterable[Row]) -> str:
    smiles = {row["value"]: row for row in rows if (row["condition"], row["label"]) == ("sex", "happy")}
    if not {"female", "male"} <= set(smiles):
        return ""
    women, men = smiles["female"], smiles["male"]
    gap, low, high = _difference(women, men)
    what = "which chance may explain" if low <= 0 <= high else "more than chance explains"
    return (
        f"**Slight smiles of women are called happy {_share(women)} % of the time, of men {_share(men)} %**: a "
        f"difference of {gap:.0f} points ({low:.0f} to {high:.0f}, Newcombe), {what}. The other smiles are mostly "
        "called neutral: read alone, without knowing the person's resting face, a slight smile looks like a face at "
        "rest."
    )


def _difference(one: Row, other: Row) -> tuple[float, float, float]:
    """Returns the difference of two shares and its 95 % interval, in points (Newcombe 1998, method 10)."""
    (share, low, high), (share2, low2, high2) = (
        (row["right"] / row["pictures"], *row["interval"]) for row in (one, other)
    )
    gap = share - share2
    down, up = math.hypot(share - low, high2 - share2), math.hypot(high - share, share2 - low2)
    return 100 * gap, 100 * (gap - down), 100 * (gap + up)


def _neutral_called(rows: Iterable[Row]) -> str:
    for row in rows:
        if (row["set"], row["condition"], row["label"]) == (WEB, "picture", "neutral"):
            wrong = sorted(
                (
                    (count, -LABELS.index(label), label)
                    for label, count in row["said"].items()
                    if label != "neutral"
                ),
                reverse=True,
            )
            called = ", ".join(f"{label} {count}" for count, _, label in wrong)
            return (
                f"Of {row['pictures']} neutral ones {row['right']} are called neutral; the others: {called}."
            )
    return ""


def _share(row: Row) -> str:
    return percent(row["right"] / row["pictures"], 0)
