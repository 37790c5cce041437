r"""Slight smiles with and without the person's resting face; prints tables, chooses the rule and may record it.

    python -m benchmarks.recognition.resting_face models/NAME [--london ../shared/data/london-dev.zip] [--record]
    python -m benchmarks.recognition.resting_face models/model2-ferplus* --write docs/results/people/resting-face.md

Each photo is read in ten captures: as taken, mirrored, darker, brighter, smaller, turned by five degrees to either
side, moved, noisy, lit from the side. The resting face of a capture is the mean answer to the person's neutral photo in
the *other* nine, so no picture is compared with itself.

The rule, written before it was run but for its last words: the people, sorted by number, choose and report in turn. A
candidate qualifies if, of the people who choose, 99 % of the neutral captures are still neutral, and CK+48's six
expressions, read against their mean resting face, are no less accurate than without. Of these the highest share of
smiling captures called happy wins, women and men counting alike; within one point of it, the one that leaves most
neutral captures neutral, and of equals in that the one with more smiles. Then the smallest gain with which 95 % of the
right labels are sure (0.5 or more), of neutral and of smiling captures: it changes no label.

A candidate is a share, a floor and a reference: the model's mean answer to PublicTest's neutral faces (FER+ majority),
or a flat one, neutral ahead of every other label by the same lead, so that no label gains on another.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.common.data import CKPLUS, FER2013, FERPLUS, LONDON
from benchmarks.training.cards import record
from training.data import Faces, in_product_labels, majority_labels, read_ckplus, read_fer2013, read_votes
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.inference import LABELS, load_classifier
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.reader import FaceReader, classify_in_batches
from webapp.settings import Settings

HAPPY, NEUTRAL = LABELS.index("happy"), LABELS.index("neutral")
SHARES = (0.5, 0.75, 1.0)
FLOORS = (1e-4, 1e-3, 1e-2)
LEADS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0)
GAINS = (1.0, 1.5, 2.0, 2.5, 3.0)
TRUSTED = HAPPY, NEUTRAL
"""Labels of which there are pairs. A turned head, other light or a small face also differ from the resting face, mostly
as sad does: `python -m benchmarks.recognition.conditions --resting`."""
LEAST_NEUTRAL = 0.99
SURE_FROM, LEAST_SURE = 0.5, 0.95
SAME_RECALL = 0.01
MAX_BYTES, MAX_PIXELS, MAX_FACES = 10_000_000, 50_000_000, 1
SOURCE = (
    "every second person of the Face Research Lab London Set's development half, in ten captures of their neutral and "
    "smiling photo (python -m benchmarks.recognition.resting_face)"
)


@dataclass(frozen=True)
class Person:
    """One person of the London Set, as they described themselves.

    Attributes:
        number: Number of their photos.
        sex: Their word.
        ethnicity: Their word.
    """

    number: str
    sex: str
    ethnicity: str


@dataclass(frozen=True)
class LondonAnswers:
    """A model's answers to the captures of people's photos; the first capture is the photo as taken.

    Attributes:
        people: The people.
        neutral: float array `(people, captures, num_labels)`.
        smiling: float array of the same shape.
    """

    people: tuple[Person, ...]
    neutral: np.ndarray
    smiling: np.ndarray

    def part(self, chosen: np.ndarray) -> LondonAnswers:
        """Returns the answers of some people.

        Args:
            chosen: bool array `(people,)`.
        """
        people = tuple(person for person, is_in in zip(self.people, chosen, strict=True) if is_in)
        return LondonAnswers(people, self.neutral[chosen], self.smiling[chosen])

    def relative(self, rule: RestingRule) -> LondonAnswers:
        """Returns the answers read against each person's resting face, see the top of this file."""
        num_captures = self.neutral.shape[1]
        others = self.neutral.sum(1, keepdims=True) - self.neutral
        resting = others / (num_captures - 1)
        read = np.empty_like(self.neutral), np.empty_like(self.smiling)
        for place in np.ndindex(self.neutral.shape[:2]):
            face = RestingFace(resting[place], rule)
            read[0][place], read[1][place] = face.read(self.neutral[place]), face.read(self.smiling[place])
        return LondonAnswers(self.people, *read)

    @property
    def choosing(self) -> np.ndarray:
        """Which people choose: every second one, by number; bool array `(people,)`."""
        ranks = np.argsort(np.argsort([person.number for person in self.people]))
        return ranks % 2 == 0

    @property
    def women(self) -> np.ndarray:
        """Which people are women; bool array `(people,)`."""
        return np.array([person.sex == "female" for person in self.people])


def read_people(archive: Path) -> tuple[Person, ...]:
    """Returns the people of the London Set's archive."""
    with zipfile.ZipFile(archive) as photos:
        rows = csv.DictReader(io.StringIO(photos.read("london-dev/people.csv").decode()))
        return tuple(Person(row["face_id"], row["face_gender"], row["face_eth"]) for row in rows)


def captures(bgr: np.ndarray) -> Iterator[np.ndarray]:
    """Yields ten captures of a photo, itself first; uint8 BGR."""
    height, width = bgr.shape[:2]
    yield bgr
    yield np.ascontiguousarray(bgr[:, ::-1])
    yield _clipped(bgr * 0.6)
    yield _clipped(bgr * 1.25 + 10)
    yield cv2.resize(bgr, (width // 3, height // 3), interpolation=cv2.INTER_AREA)
    for degrees in (5, -5):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        yield cv2.warpAffine(bgr, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    yield cv2.copyMakeBorder(bgr, height // 12, 0, width // 18, 0, cv2.BORDER_REPLICATE)
    yield _clipped(bgr + np.random.default_rng(0).normal(0, 12, bgr.shape))
    yield _clipped(bgr * np.linspace(0.5, 1.2, width)[None, :, None])


def _clipped(pixels: np.ndarray) -> np.ndarray:
    return np.clip(pixels, 0, 255).astype(np.uint8)


def read_london(reader: FaceReader, archive: Path) -> LondonAnswers:
    """Reads the largest face of every capture.

    Raises:
        ValueError: If a capture has no face.
    """
    people = read_people(archive)
    answers = {}
    with zipfile.ZipFile(archive) as photos:
        for kind in ("neutral", "smiling"):
            rows = [_answers_to(reader, photos.read(f"london-dev/{kind}/{one.number}.jpg")) for one in people]
            answers[kind] = np.array(rows, np.float64)
    return LondonAnswers(people, answers["neutral"], answers["smiling"])


def _answers_to(reader: FaceReader, photo: bytes) -> list[np.ndarray]:
    bgr = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    found = [
        reader.find(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())[0]
        for one in captures(bgr)
    ]
    answers = reader.classify(found)
    if not all(len(one) for one in answers):
        raise ValueError("`photo` must show a face in every capture. Received: one without")
    return [one[0] for one in answers]


def candidates(mean_neutral: np.ndarray) -> Iterator[tuple[str, RestingRule]]:
    """Yields every candidate with its name in tables.

    Args:
        mean_neutral: float array `(num_labels,)`, the model's mean answer to neutral faces.
    """
    references = {"mean neutral answer": tuple(round(float(x), 4) for x in np.log(mean_neutral))}
    for lead in LEADS:
        references[f"flat, lead {lead:g}"] = tuple(0.0 if label == "neutral" else -lead for label in LABELS)
    for floor, share, (name, reference) in itertools.product(FLOORS, SHARES, references.items()):
        yield (
            f"{name}, share {share:g}, floor {floor:g}",
            RestingRule(share, reference, floor, trusted=TRUSTED),
        )


@dataclass(frozen=True)
class Outcome:
    """What a reading makes of people's photos; shares, 0..1.

    Attributes:
        smiles: Smiling captures called happy, women and men counting alike.
        women: The same of women.
        men: The same of men.
        neutral: Neutral captures called neutral.
        ckplus: Accuracy on CK+48's six expressions, read against the people's mean resting face.
    """

    smiles: float
    women: float
    men: float
    neutral: float
    ckplus: float


def measure(answers: LondonAnswers, ckplus: float) -> Outcome:
    """Returns what these answers, absolute or relative, make of the photos."""
    happy = (answers.smiling.argmax(-1) == HAPPY).mean(1)
    women, men = float(happy[answers.women].mean()), float(happy[~answers.women].mean())
    neutral = float((answers.neutral.argmax(-1) == NEUTRAL).mean())
    return Outcome((women + men) / 2, women, men, neutral, ckplus)


def choose(outcomes: Sequence[Outcome], absolute: Outcome) -> int | None:
    """Returns the index of the candidate that the rule chooses, `None` if none qualifies.

    Args:
        outcomes: Outcome of each candidate for the people who choose.
        absolute: Outcome without a resting face.
    """
    good = [
        number
        for number, one in enumerate(outcomes)
        if one.neutral >= LEAST_NEUTRAL and one.ckplus >= absolute.ckplus
    ]
    if not good:
        return None
    best = max(outcomes[number].smiles for number in good)
    near = [number for number in good if outcomes[number].smiles >= best - SAME_RECALL]
    return max(near, key=lambda number: (outcomes[number].neutral, outcomes[number].smiles))


def choose_gain(relative: LondonAnswers) -> float:
    """Returns the smallest gain with which enough right labels are sure; the largest if none is enough.

    Args:
        relative: Answers of the people who choose, read with a gain of 1.
    """
    for gain in GAINS:
        shares = []
        for answers, label in ((relative.neutral, NEUTRAL), (relative.smiling, HAPPY)):
            odds = answers**gain
            probs = odds[..., label] / odds.sum(-1)
            shares.append(float((probs >= SURE_FROM)[answers.argmax(-1) == label].mean()))
        if min(shares) >= LEAST_SURE:
            return gain
    return GAINS[-1]


@dataclass(frozen=True)
class Study:
    """What was measured with one model.

    Attributes:
        model: Its name.
        answers: Its answers to the London Set.
        chosen: Name of the candidate chosen, and its rule; `None` if none qualifies.
        table: The best candidate of each reference and share for the people who choose, by its name.
        absolute: Outcome without a resting face for the same people.
        ckplus: Its answers to CK+48.
        ckplus_labels: CK+48's labels.
    """

    model: str
    answers: LondonAnswers
    chosen: tuple[str, RestingRule] | None
    table: dict[str, Outcome]
    absolute: Outcome
    ckplus: np.ndarray
    ckplus_labels: np.ndarray

    def ckplus_accuracy(self, people: LondonAnswers, rule: RestingRule | None) -> float:
        """Returns the accuracy on CK+48, read against people's mean resting face or without, 0..1."""
        return ckplus_accuracy(self.ckplus, self.ckplus_labels, people, rule)


def ckplus_accuracy(
    answers: np.ndarray, labels: np.ndarray, people: LondonAnswers, rule: RestingRule | None
) -> float:
    """Returns the accuracy on CK+48, read against people's mean resting face or without, 0..1."""
    read = answers if rule is None else RestingFace(people.neutral.mean((0, 1)), rule).read(answers)
    return float((read.argmax(-1) == labels).mean())


def study(
    model_dir: Path,
    *,
    london: Path,
    posed: Faces,
    neutral: np.ndarray,
    read: Callable[[FaceReader, Path], LondonAnswers] = read_london,
) -> Study:
    """Measures all candidates with one model and chooses.

    Args:
        model_dir: Folder of the artifact.
        london: Archive of the London Set.
        posed: CK+48 in the product's labels.
        neutral: uint8 `(n, 48, 48, 1)`, the neutral faces whose mean answer is a candidate's reference.
        read: Function that reads the London Set.
    """
    classifier = load_classifier(model_dir, threads=2)
    reader = FaceReader(
        load_detector(Settings.from_env({})),
        classifier,
        max_bytes=MAX_BYTES,
        max_pixels=MAX_PIXELS,
        max_faces=MAX_FACES,
    )
    answers = read(reader, london)
    ckplus, mean_neutral = (
        classify_in_batches(classifier.classify, images.astype(np.uint8))
        for images in (posed.images, neutral)
    )
    classifier.close()
    choosers = answers.part(answers.choosing)
    rules = dict(candidates(mean_neutral.mean(0)))

    def outcome(rule: RestingRule | None) -> Outcome:
        read = choosers if rule is None else choosers.relative(rule)
        return measure(read, ckplus_accuracy(ckplus, posed.labels, choosers, rule))

    absolute = outcome(None)
    outcomes = {name: outcome(rule) for name, rule in rules.items()}
    number = choose(list(outcomes.values()), absolute)
    chosen = None
    if number is not None:
        name, rule = list(rules.items())[number]
        chosen = name, replace(rule, gain=choose_gain(choosers.relative(rule)))
    return Study(model_dir.name, answers, chosen, outcomes, absolute, ckplus, posed.labels)


def interval(right: int, of: int) -> str:
    """Returns a share and its 95 % interval (Wilson) in percent."""
    from scipy.stats import binomtest

    ends = binomtest(right, of).proportion_ci(method="wilson")
    return f"{100 * right / of:.0f} ({100 * ends.low:.0f} to {100 * ends.high:.0f})"


def report(done: Study) -> str:
    """Returns the page's part on one model as Markdown."""
    if done.chosen is None:
        return f"## {done.model}\n\nNo candidate qualifies: this model has no relative reading."
    name, rule = done.chosen
    parts = {
        "the people who report": done.answers.part(~done.answers.choosing),
        "all 51": done.answers,
    }
    lines = [
        f"## {done.model}",
        "",
        f"Chosen: {name}, gain {rule.gain:g}.",
        "",
        "Photos as taken, percent, with 95 % intervals:",
        "",
    ]
    lines += ["| | people | alone | with the resting face |", "|---|---|---|---|"]
    for words, people in parts.items():
        relative = people.relative(rule)
        for group, members in groups(people).items():
            both = [
                interval(int((one.smiling[members, 0].argmax(-1) == HAPPY).sum()), int(members.sum()))
                for one in (people, relative)
            ]
            lines.append(
                f"| slight smiles called happy: {group}, {words} | {members.sum()} | {both[0]} | {both[1]} |"
            )
        both = [
            interval(int((one.neutral[:, 0].argmax(-1) == NEUTRAL).sum()), len(one.people))
            for one in (people, relative)
        ]
        lines.append(f"| neutral called neutral, {words} | {len(people.people)} | {both[0]} | {both[1]} |")
    lines += ["", "All ten captures of each photo, percent:", ""]
    lines += [
        "| | smiles: women | smiles: men | neutral still neutral | CK+48, six labels |",
        "|---|---|---|---|---|",
    ]
    for words, people in parts.items():
        for how, one in ("alone", None), ("with the resting face", rule):
            read = people if one is None else people.relative(one)
            lines.append(_row(f"{how}, {words}", measure(read, done.ckplus_accuracy(people, one))))
    lines += ["", "Other candidates, the people who choose:", ""]
    lines += [
        "| | smiles: women | smiles: men | neutral still neutral | CK+48, six labels |",
        "|---|---|---|---|---|",
    ]
    lines.append(_row("alone", done.absolute))
    near = f"share {rule.share:g}, floor {rule.floor:g}"
    lines += [_row(one, outcome) for one, outcome in done.table.items() if one.endswith(near)]
    return "\n".join(lines)


def groups(people: LondonAnswers) -> dict[str, np.ndarray]:
    """Returns who belongs to each group that is reported, everybody first; bool arrays `(people,)`."""
    words = np.array([person.ethnicity for person in people.people])
    found = {"everybody": np.ones(len(words), bool), "women": people.women, "men": ~people.women}
    return found | {word: words == word for word in sorted(set(words))}


def _row(words: str, outcome: Outcome) -> str:
    shares = outcome.women, outcome.men, outcome.neutral, outcome.ckplus
    return f"| {words} | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |"


def as_card(rule: RestingRule) -> dict[str, Any]:
    """Returns the part `resting_face` of a card."""
    return {
        "share": rule.share,
        "reference": list(rule.reference),
        "floor": rule.floor,
        "gain": rule.gain,
        "trusted": [LABELS[index] for index in rule.trusted or range(len(LABELS))],
        "chosen_on": SOURCE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dirs", type=Path, nargs="+", metavar="MODEL_DIR")
    for data in (LONDON, CKPLUS, FER2013, FERPLUS):
        data.add_option(parser)
    parser.add_argument("--record", action="store_true", help="write the rule into each model's card")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page instead of printing it")
    options = parser.parse_args()
    london = LONDON.find(options.london)
    posed = in_product_labels(read_ckplus(CKPLUS.find(options.ckplus)))
    public = read_fer2013(FER2013.find(options.data))["PublicTest"]
    agreed = majority_labels(public, read_votes(FERPLUS.find(options.votes)))
    neutral = agreed.images[agreed.labels == NEUTRAL]
    cv2.setNumThreads(1)
    studies = [study(one, london=london, posed=posed, neutral=neutral) for one in options.model_dirs]
    text = "\n\n".join([HEAD, *map(report, studies)]) + "\n"
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    for model_dir, done in zip(options.model_dirs, studies, strict=True):
        if options.record and done.chosen:
            record(model_dir, "resting_face", as_card(done.chosen[1]))


HEAD = """\
# Slight smiles, with and without the resting face

Written by `python -m benchmarks.recognition.resting_face models/model2-ferplus* --write
docs/results/people/resting-face.md`. The rule by which a reading is chosen stands at the top of that file.

The photos are the development half of the [Face Research Lab London
Set](https://doi.org/10.6084/m9.figshare.5047666.v5) (DeBruine and Jones 2017, CC BY 4.0): 51 people, once neutral and
once smiling slightly with closed lips; sex and ethnicity are their own words. A smile counts as found if happy is the
most probable label. A resting face is the mean answer to *other* captures of the person's neutral photo.

The people choose and report in turn, but the form of the reading, a flat reference, was found while looking at all 51;
nobody else's photos were read for this page. Groups are small: read the intervals."""
if __name__ == "__main__":
    main()
