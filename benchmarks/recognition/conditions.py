"""Whom and in what conditions a model reads well: recall with intervals; writes facts for `training report`.

    python -m benchmarks.recognition.conditions [models/NAME] [--london FILE] [--photos FILE] [--write FILE]
    python -m benchmarks.recognition.conditions [models/NAME] --resting

Two sets, each picture read as a photo of the app is: the London Set (one neutral and one slightly smiling picture of
each person, who said their sex, age and ethnicity) and photos from the web (one labelled person each). Size, light and
angle are made from the same pictures, so only they differ; the tilt of heads is measured by the line of the eyes.
A label counts if it is the most probable one; a face that is not found counts as wrong. `--resting` prints how often
each person's faces are right beside their neutral picture as taken, by all labels and by those that the card trusts.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.stats import binomtest

from benchmarks.common.data import LONDON, PHOTOS
from benchmarks.recognition.photos import LABEL_OF_FOLDER, MAX_PIXELS
from training.evaluation.metrics import accuracy_interval
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.inference import LABELS, load_classifier
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.imaging import decode_image
from webapp.recognition.photo_decoding import DecodedImage
from webapp.recognition.reader import FaceReader
from webapp.settings import Settings

FACTS = Path("docs/results/data/conditions.json")
AS_TAKEN = ("picture", "as taken")
LABEL_OF_PICTURE = {"neutral": "neutral", "smiling": "happy"}
AGES = ((25, "under 25"), (35, "25 to 34"), (math.inf, "35 and older"))
TILTS = ((5, "under 5 degrees"), (15, "5 to 15 degrees"), (math.inf, "over 15 degrees"))
FACE_SIDES_PX = (96, 48, 32, 24)
STOPS = (2, 4, 6)
MADE = ("picture", "size of the face", "light", "angle of the picture")
ANGLES_DEG = (15, 30, 45)
WORKERS = 4
Reading = Callable[[np.ndarray, np.ndarray | None], np.ndarray]
"""Function from an answer and that to the person's neutral picture, if there is one, each `(num_labels,)`, to such."""


@dataclass(frozen=True)
class Picture:
    """A picture of one labelled person.

    Attributes:
        rgb: uint8 `(height, width, 3)`.
        label: The true label.
        person: Name or number of the person.
        traits: What is known of the person, value by condition.
    """

    rgb: np.ndarray
    label: str
    person: str
    traits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A model's answer to one picture in one condition.

    Attributes:
        condition: The condition and its value.
        label: The true label.
        person: Name or number of the person.
        probs: float array `(num_labels,)`; `None` if no face was found.
    """

    condition: tuple[str, str]
    label: str
    person: str
    probs: np.ndarray | None


def read_london(archive: Path) -> Iterator[Picture]:
    """Yields the London Set's pictures, with the people's own words for their sex and ethnicity."""
    with zipfile.ZipFile(archive) as photos:
        people = csv.DictReader(io.StringIO(photos.read("london-dev/people.csv").decode()))
        for row in people:
            traits = {"sex": row["face_gender"], "ethnicity": row["face_eth"].replace("_", " ")}
            if row["face_age"].isdigit():
                traits["age"] = in_range(int(row["face_age"]), AGES)
            for folder, label in LABEL_OF_PICTURE.items():
                content = photos.read(f"london-dev/{folder}/{row['face_id']}.jpg")
                rgb = decode_image(content, max_pixels=MAX_PIXELS)
                yield Picture(rgb, label, row["face_id"], traits)


def read_web(archive: Path) -> Iterator[Picture]:
    """Yields the photos from the web that have one of the app's labels; their names begin with the person's."""
    with zipfile.ZipFile(archive) as photos:
        for name in sorted(photos.namelist()):
            label = LABEL_OF_FOLDER.get(Path(name).parent.name)
            if label and not name.endswith("/"):
                rgb = decode_image(photos.read(name), max_pixels=MAX_PIXELS)
                yield Picture(rgb, label, re.sub(r"_\d+$", "", Path(name).stem))


def in_range(value: float, ranges: Iterable[tuple[float, str]]) -> str:
    """Returns the name of the first range whose end lies above the value."""
    return next(name for end, name in ranges if value < end)


def smaller(rgb: np.ndarray, factor: float) -> np.ndarray:
    """Returns a picture shrunk by a factor below 1."""
    return cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def darker(rgb: np.ndarray, stops: float) -> np.ndarray:
    """Returns a picture with 1 / 2**stops of the light, by sRGB's gamma of about 2.2, in the same 256 levels."""
    return np.rint(rgb * 2 ** (-stops / 2.2)).astype(np.uint8)


def side_lit(rgb: np.ndarray) -> np.ndarray:
    """Returns a picture lit from the left: full light there, six stops less at the right edge."""
    fall = 2 ** (-np.linspace(0, 6, rgb.shape[1]) / 2.2)
    return np.rint(rgb * fall[:, np.newaxis]).astype(np.uint8)


def turned(rgb: np.ndarray, degrees: float) -> np.ndarray:
    """Returns a picture turned clockwise about its middle; its edges are continued."""
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(rgb, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def variations(rgb: np.ndarray, face_px: float) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Yields a picture in every made condition. Faces are never enlarged: a size above the face's own is left out.

    Args:
        rgb: uint8 `(height, width, 3)`.
        face_px: Side of its face in pixels.
    """
    for side in FACE_SIDES_PX:
        if side < face_px:
            yield ("size of the face", f"{side} pixels"), smaller(rgb, side / face_px)
    for stops in STOPS:
        yield ("light", f"1/{2**stops} of the light"), darker(rgb, stops)
    yield ("light", "from one side"), side_lit(rgb)
    for degrees in ANGLES_DEG:
        yield ("angle of the picture", f"{degrees} degrees"), turned(rgb, degrees)


def ask(reader: FaceReader, pictures: Iterable[Picture]) -> list[Answer]:
    """Reads every picture as taken and in every made condition."""
    with ThreadPoolExecutor(WORKERS) as pool:
        each = pool.map(lambda picture: _ask_one(reader, picture), pictures)
        return list(itertools.chain.from_iterable(each))


def _ask_one(reader: FaceReader, picture: Picture) -> list[Answer]:
    def answer(condition: tuple[str, str], probs: np.ndarray | None) -> Answer:
        return Answer(condition, picture.label, picture.person, probs)

    taken = probs_of(reader, picture.rgb)
    faces = reader.detector.detect(picture.rgb)
    traits = dict(picture.traits)
    if faces and faces[0].eyes is not None:
        traits["tilt of the head"] = in_range(tilt_deg(faces[0].eyes), TILTS)
    answers = [answer(condition, taken) for condition in (AS_TAKEN, *traits.items())]
    if faces:  # without, the face's size is unknown
        made = variations(picture.rgb, faces[0].box.w)
        answers += [answer(condition, probs_of(reader, rgb)) for condition, rgb in made]
    return answers


def probs_of(reader: FaceReader, rgb: np.ndarray) -> np.ndarray | None:
    """Returns the answer to a picture's largest face; `None` without a face."""
    found = reader.find_in(DecodedImage(rgb, rgb.shape[1], rgb.shape[0]))
    (probs,) = reader.classify([found])
    return probs[0] if len(probs) else None


def tilt_deg(eyes: tuple[tuple[float, float], tuple[float, float]]) -> float:
    """Returns by how many degrees the line of the eyes is off the horizontal."""
    (right_x, right_y), (left_x, left_y) = eyes
    return abs(math.degrees(math.atan2(left_y - right_y, left_x - right_x)))


def alone(probs: np.ndarray, neutral: np.ndarray | None) -> np.ndarray:
    """Reads an answer as it is."""
    return probs


def interval(right: np.ndarray, people: Sequence[str]) -> tuple[float, float]:
    """Returns a share's 95 % interval: Wilson's, or a bootstrap that draws people where some have several pictures."""
    if len(set(people)) < len(people) and 0 < right.mean() < 1:
        return accuracy_interval(right, np.unique(people, return_inverse=True)[1])
    ends = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    return float(ends.low), float(ends.high)


def recalls(name: str, answers: Sequence[Answer], reading: Reading = alone) -> list[dict[str, Any]]:
    """Returns a row per condition, value and true label.

    Args:
        name: Name of the set.
        answers: Answers to its pictures.
        reading: How an answer is read; with it comes the same person's answer to the neutral picture as taken.
    """
    at_rest = {
        one.person: one.probs for one in answers if one.condition == AS_TAKEN and one.label == "neutral"
    }
    kinds = sorted(
        {(*one.condition, one.label) for one in answers},
        key=lambda kind: (kind[0] != AS_TAKEN[0], kind[0], kind[1], LABELS.index(kind[2])),
    )
    rows = []
    for condition, value, label in kinds:
        some = [one for one in answers if one.condition == (condition, value) and one.label == label]
        said = [
            None if one.probs is None else LABELS[int(np.argmax(reading(one.probs, at_rest.get(one.person))))]
            for one in some
        ]
        right = np.array([one == label for one in said])
        people = [one.person for one in some]
        low, high = interval(right, people)
        rows.append(
            {
                "set": name,
                "condition": condition,
                "value": value,
                "label": label,
                "pictures": len(some),
                "people": len(set(people)),
                "right": int(right.sum()),
                "interval": [round(low, 4), round(high, 4)],
                "no_face": said.count(None),
                "said": {other: said.count(other) for other in LABELS if said.count(other)},
            }
        )
    return rows


def beside_resting_face(answers: Sequence[Answer], rule: RestingRule) -> str:
    """Returns a table: right answers of each condition alone, and beside the resting face.

    Args:
        answers: Answers to the London Set.
        rule: The model's rule, as its card has it.
    """
    readings: dict[str, Reading] = {
        "alone": alone,
        "beside it, any label": _relative(replace(rule, trusted=None)),
        "beside it, as the card has it": _relative(rule),
    }
    counts = [
        {(row["condition"], row["value"], row["label"]): row for row in recalls("", answers, reading)}
        for reading in readings.values()
    ]
    head = [f"neutral, {name}" for name in readings] + [f"slight smiles, {name}" for name in readings]
    lines = [f"| | of | {' | '.join(head)} |", "|" + "---|" * (len(head) + 2)]
    for condition, value in dict.fromkeys(key[:2] for key in counts[0]):
        rows = [one[condition, value, label] for label in ("neutral", "happy") for one in counts]
        if condition in MADE:
            right = " | ".join(str(row["right"]) for row in rows)
            lines.append(f"| {condition}: {value} | {rows[0]['pictures']} | {right} |")
    return "\n".join(lines)


def _relative(rule: RestingRule) -> Reading:
    def read(probs: np.ndarray, neutral: np.ndarray | None) -> np.ndarray:
        return probs if neutral is None else RestingFace(neutral, rule).read(probs)

    return read


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path, nargs="?", default=Path("models/model2-ferplus-balanced"))
    LONDON.add_option(parser)
    PHOTOS.add_option(parser)
    parser.add_argument("--resting", action="store_true", help="print the table of resting faces instead")
    parser.add_argument("--write", type=Path, default=FACTS, help=f"file of the facts; default {FACTS}")
    options = parser.parse_args()
    london = LONDON.find(options.london)
    cv2.setNumThreads(1)
    classifier = load_classifier(options.model_dir, threads=1)
    detector = load_detector(Settings.from_env({}))
    reader = FaceReader(detector, classifier, max_bytes=MAX_PIXELS, max_pixels=MAX_PIXELS, max_faces=1)
    answers = ask(reader, read_london(london))
    if options.resting:
        classifier.close()
        rule = RestingRule.of_card(classifier.card)
        if rule is None:
            raise SystemExit(f"The card of {options.model_dir} says nothing of resting faces.")
        print(beside_resting_face(answers, rule))
        return
    rows = recalls("London Set", answers)
    rows += recalls("web photos", ask(reader, read_web(PHOTOS.find(options.photos))))
    classifier.close()
    facts = {
        "schema_version": 1,
        "model": options.model_dir.name,
        "command": f"python -m benchmarks.recognition.conditions {options.model_dir}",
        "rows": rows,
    }
    options.write.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {len(rows)} rows to {options.write}; python -m training report renders them.")


if __name__ == "__main__":
    main()
