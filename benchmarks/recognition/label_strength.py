r"""What a model answers at each strength, from labels as common as in its training (0) to all alike (1).

    python -m benchmarks.recognition.label_strength models/NAME [--record]
    python -m benchmarks.recognition.label_strength models/NAME models/OTHER --flip

Prints a Markdown table, and the strength that the rule chooses (docs/experiments/recognition.md). Training's targets
give the shares of the labels; PublicTest's majority labels give a temperature for each strength. CK+48, and the
figures beside the three that choose, are for information. PrivateTest is not measured. `--record` writes the outcome
into the model's card. Several models answer together, by the geometric mean of what each says where all labels are
alike: about what one network that learns from them could reach. `--flip` averages the mirror image's answer in.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.common.data import CKPLUS, FER2013, FERPLUS, LONDON, PHOTOS
from benchmarks.recognition.crops import find_faces
from benchmarks.recognition.photos import measure_accuracy, read_photos
from benchmarks.training.cards import record
from training.data import Faces, in_product_labels, majority_labels, read_ckplus, read_fer2013, soft_labels
from training.data import read_votes as read_votes_file
from training.data.batches import predict_all, targets
from training.evaluation.calibrate import fit_temperature
from training.evaluation.evaluate import measure
from training.evaluation.metrics import (
    accuracy_interval,
    expected_calibration_error,
    softmax,
    weights_for_shares,
)
from webapp.core.label_strength import LabelStrength
from webapp.inference import LABELS, CropRule, load_classifier
from webapp.recognition.crop import cut_faces
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.imaging import decode_image
from webapp.recognition.reader import classify_in_batches

STEPS = 20
PRINTED = 2
"""The table has every second of the steps' strengths."""
HAPPY, NEUTRAL = LABELS.index("happy"), LABELS.index("neutral")
RESAMPLES = 2_000
SMALLEST_PROBABILITY = 1e-7
CHOSEN_ON = (
    "web photos, PublicTest's majority labels and the London Set's slight smiles: "
    "python -m benchmarks.recognition.label_strength --record"
)


@dataclass(frozen=True)
class Answers:
    """A model's answers to one set of faces.

    Attributes:
        probs: float32 `(n, num_labels)`, as the model gives them.
        labels: int array `(n,)`, true labels.
        groups: int array `(n,)`, number of the person in each image, for intervals; `None` if all differ.
    """

    probs: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Row:
    """What one strength gives; shares are 0..1, each with its 95 % interval where it is a pair.

    Attributes:
        strength: The strength with its temperature.
        majority: Accuracy on PublicTest's majority labels.
        majority_error: Calibration error on them.
        posed: Accuracy on CK+48's six expressions.
        photos: Mean recall on web photos, without disgust.
        photos_error: Calibration error on all web photos.
        photos_error_as_trained: The same with the photos weighted so that each label is as common as in training, which
            is what a confidence supposes; the photos themselves have about as many of each.
        neutral_photos: Share of neutral web photos whose first label is neutral.
        smiles: Share of the London Set's slight smiles that are called happy.
        neutral_faces: Share of its neutral faces that are called neutral.
    """

    strength: LabelStrength
    majority: tuple[float, tuple[float, float]]
    majority_error: float
    posed: tuple[float, tuple[float, float]]
    photos: tuple[float, tuple[float, float]]
    photos_error: float
    photos_error_as_trained: float
    neutral_photos: tuple[float, tuple[float, float]]
    smiles: tuple[float, tuple[float, float]]
    neutral_faces: float

    @property
    def score(self) -> float:
        """What the rule compares: the mean of the three figures that choose."""
        return (self.majority[0] + self.photos[0] + self.smiles[0]) / 3


def choose(rows: Sequence[Row]) -> Row:
    """Returns the row with the highest score among those that call the most neutral faces neutral; the first of equals.

    Args:
        rows: One per strength, ascending.
    """
    most = max(row.neutral_faces for row in rows)
    return max((row for row in rows if row.neutral_faces == most), key=lambda row: row.score)


def measure_strengths(
    answers: Mapping[str, Answers], shares: np.ndarray, learned: float, *, steps: int = STEPS
) -> list[Row]:
    """Measures strengths from 0 to 1, each with a temperature fitted on `majority`.

    Args:
        answers: The model's answers to `majority`, `posed`, `photos` and `london`.
        shares: float array `(num_labels,)`, share of each label in the training targets.
        learned: Strength that the training applied.
        steps: Number of steps from 0 to 1.
    """
    plain = [LabelStrength(n / steps, tuple(map(float, shares)), learned) for n in range(steps + 1)]
    public = answers["majority"]
    fitted = [fit_temperature(one.adjust(public.probs), public.labels).temperature for one in plain]
    temperatures = tuple(round(float(value), 4) for value in fitted)
    return [_measure(replace(one, temperatures=temperatures), answers) for one in plain]


def _measure(strength: LabelStrength, answers: Mapping[str, Answers]) -> Row:
    adjusted = {name: replace(one, probs=strength.adjust(one.probs)) for name, one in answers.items()}
    majority = measure(adjusted["majority"].probs, adjusted["majority"].labels)
    photos, london = adjusted["photos"], adjusted["london"]
    return Row(
        strength=strength,
        majority=(majority.accuracy, majority.interval),
        majority_error=majority.ece,
        posed=_share_right(adjusted["posed"]),
        photos=_mean_recall(photos),
        photos_error=expected_calibration_error(photos.probs, photos.labels),
        photos_error_as_trained=expected_calibration_error(
            photos.probs,
            photos.labels,
            weights=weights_for_shares(photos.labels, np.array(strength.shares)),
        ),
        neutral_photos=_share_right(_of_label(photos, NEUTRAL)),
        smiles=_share_right(_of_label(london, HAPPY)),
        neutral_faces=_share_right(_of_label(london, NEUTRAL))[0],
    )


def _of_label(answers: Answers, label: int) -> Answers:
    keep = answers.labels == label
    return Answers(answers.probs[keep], answers.labels[keep])


def _share_right(answers: Answers) -> tuple[float, tuple[float, float]]:
    right = answers.probs.argmax(1) == answers.labels
    return float(right.mean()), accuracy_interval(right, answers.groups)


def _mean_recall(answers: Answers) -> tuple[float, tuple[float, float]]:
    """Returns the mean recall without disgust, and its bootstrap interval by resampling within labels."""
    right = answers.probs.argmax(1) == answers.labels
    of_label = [right[answers.labels == label] for label in range(len(LABELS)) if LABELS[label] != "disgust"]
    random = np.random.default_rng(0)
    drawn = [random.binomial(len(one), one.mean(), RESAMPLES) / len(one) for one in of_label if len(one)]
    low, high = np.percentile(np.mean(drawn, axis=0), [2.5, 97.5])
    pairs = zip(answers.labels, answers.probs.argmax(1), strict=True)
    mean = measure_accuracy([(LABELS[true], LABELS[read]) for true, read in pairs]).without_disgust
    return mean, (float(low), float(high))


def as_table(rows: Sequence[Row]) -> str:
    """Returns rows as a Markdown table, figures in percent with their intervals."""
    head = (
        "| strength | FER+ majority, PublicTest | calibration error | CK+48, six | web photos, without disgust | "
        "calibration error | with labels as common as in training | neutral web photos | slight smiles | "
        "neutral faces | temperature |"
    )
    return "\n".join([head, "|---" * 11 + "|", *map(_as_row, rows)])


def _as_row(row: Row) -> str:
    def cell(figure: tuple[float, tuple[float, float]]) -> str:
        value, (low, high) = figure
        return f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})"

    cells = [
        f"{row.strength.value:g}",
        cell(row.majority),
        f"{row.majority_error:.3f}",
        cell(row.posed),
        cell(row.photos),
        f"{row.photos_error:.3f}",
        f"{row.photos_error_as_trained:.3f}",
        cell(row.neutral_photos),
        cell(row.smiles),
        f"{100 * row.neutral_faces:.1f}",
        f"{row.strength.temperature:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def read_london(archive: Path, rule: CropRule) -> Faces:
    """Cuts the faces of the London Set; the smiling are labelled happy, the others neutral.

    Args:
        archive: Zip of `london-dev/<neutral or smiling>/<number>.jpg`.
        rule: How faces are cut.
    """
    detector, crops, labels, people = BlazeFaceDetector(), [], [], []
    with zipfile.ZipFile(archive) as photos:
        for name in sorted(name for name in photos.namelist() if name.endswith(".jpg")):
            rgb = decode_image(photos.read(name), max_pixels=10**7)
            faces = detector.detect(rgb)
            if faces:
                crops.append(cut_faces(rgb, faces[:1], rule)[0])
                labels.append(HAPPY if Path(name).parent.name == "smiling" else NEUTRAL)
                people.append(int(Path(name).stem))
    count = len(labels)
    return Faces(
        np.stack(crops), np.array(labels), "all", np.arange(count), groups=np.array(people, np.int64)
    )


def read_web_photos(archive: Path, rule: CropRule) -> Faces:
    """Cuts the largest face of every labelled photo."""
    pairs = find_faces(list(read_photos(archive)))
    crops = [cut_faces(photo.rgb, [face], rule)[0] for photo, face in pairs]
    labels = [LABELS.index(photo.label) for photo, _ in pairs if photo.label]
    return Faces(np.stack(crops), np.array(labels), "all", np.arange(len(labels)))


def shares_of(splits: Mapping[str, Faces], votes: np.ndarray, recipe: Mapping[str, Any]) -> np.ndarray:
    """Returns each label's share of the targets of a card's recipe."""
    training = splits["Training"]
    if recipe.get("data") == "ferplus":
        training = soft_labels(training, votes, label_share=recipe.get("label_share", 0.0))
    return targets(training, 0.0).mean(0)


def ask(classify: Callable[[np.ndarray], np.ndarray], faces: Faces, *, flip: bool = False) -> Answers:
    """Returns a model's answers to faces; with `flip` averaged with those to their mirror images."""
    probs = predict_all(lambda crops: classify_in_batches(classify, crops), faces.images, flip=flip)
    return Answers(probs, faces.labels, faces.groups)


def together(answers: Sequence[Answers], strengths: Sequence[LabelStrength]) -> Answers:
    """Returns the geometric mean of several models' answers to the same faces.

    Args:
        answers: One model's answers each.
        strengths: How each model's answers are read, all at the same strength.
    """
    alike = [strength.adjust(one.probs) for one, strength in zip(answers, strengths, strict=True)]
    mean = softmax(np.mean(np.log(np.maximum(alike, SMALLEST_PROBABILITY)), axis=0))
    return replace(answers[0], probs=mean)


def _read_sets(
    options: argparse.Namespace, splits: Mapping[str, Faces], votes: np.ndarray, rule: CropRule
) -> dict[str, Faces]:
    return {
        "majority": majority_labels(splits["PublicTest"], votes),
        "posed": in_product_labels(read_ckplus(CKPLUS.find(options.ckplus))),
        "photos": read_web_photos(PHOTOS.find(options.photos), rule),
        "london": read_london(LONDON.find(options.london), rule),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dirs", type=Path, nargs="+", metavar="model_dir")
    for data_set in (FER2013, FERPLUS, CKPLUS, PHOTOS, LONDON):
        data_set.add_option(parser)
    parser.add_argument("--record", action="store_true", help="write the outcome into the model's card")
    parser.add_argument("--flip", action="store_true", help="average the answers to the mirror images in")
    options = parser.parse_args()
    alone = len(options.model_dirs) == 1
    if options.record and (options.flip or not alone):
        parser.error("--record takes one model, as the app reads it: without --flip")
    cv2.setNumThreads(1)
    splits = read_fer2013(FER2013.find(options.data))
    votes = read_votes_file(FERPLUS.find(options.votes))
    answers, strengths, names = [], [], []
    sets: dict[str, Faces] = {}
    for model_dir in options.model_dirs:
        classifier = load_classifier(model_dir, threads=1)
        card = classifier.card
        # Faces are cut as for the first model, so that all see the same.
        sets = sets or _read_sets(options, splits, votes, card.crop)
        answers.append(
            {name: ask(classifier.classify, faces, flip=options.flip) for name, faces in sets.items()}
        )
        classifier.close()
        recipe = card.content["recipe"]
        shares = tuple(map(float, shares_of(splits, votes, recipe)))
        strengths.append(LabelStrength(1.0, shares, float(recipe.get("label_prior", 0.0))))
        names.append(card.name)
    first = strengths[0]
    if alone:
        rows = measure_strengths(answers[0], np.array(first.shares), first.learned)
    else:
        mean = {name: together([one[name] for one in answers], strengths) for name in sets}
        rows = measure_strengths(mean, np.array(first.shares), 1.0)
    best = choose(rows)
    print(f"{', '.join(names)}: " + ", ".join(f"{name} {len(faces)}" for name, faces in sets.items()) + "\n")
    print(as_table(rows[::PRINTED]))
    print(f"\nThe rule chooses {best.strength.value:g}, score {100 * best.score:.2f}:\n\n{as_table([best])}")
    if options.record:
        record(options.model_dirs[0], "label_prior", card_entry(best.strength))


def card_entry(strength: LabelStrength) -> dict[str, Any]:
    """Returns the chosen strength as a card has it."""
    return {
        "shares": [round(share, 6) for share in strength.shares],
        "learned": strength.learned,
        "strength": strength.value,
        "temperatures": list(strength.temperatures),
        "chosen_on": CHOSEN_ON,
    }


if __name__ == "__main__":
    main()
