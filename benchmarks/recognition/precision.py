"""What bfloat16 and int8 cost in accuracy and save in processor time; prints two Markdown tables.

    python -m benchmarks.recognition.precision models/NAME models/NAME-int8
        [--data ../shared/data/fer2013.tar.gz] [--votes ../shared/data/fer2013new.csv]
        [--ckplus ../shared/data/CK+48.zip] [--photos ../shared/data/photos-dev.zip]

First the float model in float32 and bfloat16, then the int8 model, each in ONNX Runtime and OpenVINO where they can.
Accuracy counts FER+'s majority labels. The photos' largest faces are cut by the model's card; their accuracy is the
mean recall over labels, with disgust and without. Calibration error: 15 bins, in points. In brackets the difference
from float32. Times are processor time a face in one thread, medians of interleaved rounds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import CKPLUS, FER2013, FERPLUS, PHOTOS
from benchmarks.recognition.crops import find_faces
from benchmarks.recognition.photos import measure_accuracy, read_photos
from training.data import in_product_labels, majority_labels, read_ckplus, read_fer2013, read_votes
from training.evaluation.metrics import expected_calibration_error, top1_accuracy
from webapp.inference import LABELS, Classifier, load_classifier
from webapp.recognition.crop import cut_faces
from webapp.recognition.reader import classify_in_batches

BATCH_SIZES = (1, 8)
ROUNDS, CALLS_PER_ROUND = 15, 20


@dataclass(frozen=True)
class Labelled:
    """Crops `(n, 48, 48, 1)` and the indices of their labels `(n,)`."""

    crops: np.ndarray
    labels: np.ndarray


def read_sets(options: argparse.Namespace) -> dict[str, Labelled]:
    """Reads what accuracy is measured on, by name; the photos' faces are cut by the card of the float model."""
    splits = read_fer2013(FER2013.find(options.data))
    votes = read_votes(FERPLUS.find(options.votes))
    sets = {name: majority_labels(splits[name], votes) for name in ("PublicTest", "PrivateTest")}
    sets["CK+48"] = in_product_labels(read_ckplus(CKPLUS.find(options.ckplus)))
    return {name: Labelled(faces.images, faces.labels) for name, faces in sets.items()}


def read_photo_crops(archive: Path, classifier: Classifier) -> Labelled:
    """Cuts each photo's largest face as the classifier's card says."""
    pairs = find_faces(list(read_photos(archive)))
    crops = np.concatenate([cut_faces(photo.rgb, [face], classifier.card.crop) for photo, face in pairs])
    labels = [LABELS.index(photo.label) for photo, _ in pairs if photo.label is not None]
    return Labelled(crops, np.array(labels))


def figures_of(
    classify: Callable[[np.ndarray], np.ndarray], sets: Mapping[str, Labelled]
) -> dict[str, float]:
    """Returns a classifier's figures in percent and points, by the name of the column."""
    answers = {name: classify_in_batches(classify, one.crops) for name, one in sets.items()}
    photos = sets["photos"]
    pairs = [(LABELS[t], LABELS[f]) for t, f in zip(photos.labels, answers["photos"].argmax(1), strict=True)]
    of_photos = measure_accuracy(pairs)
    figures = {
        name: top1_accuracy(answers[name], one.labels) for name, one in sets.items() if name != "photos"
    }
    figures |= {"photos": of_photos.balanced, "photos without disgust": of_photos.without_disgust}
    errors = {
        f"calibration error, {name}": expected_calibration_error(answers[name], one.labels)
        for name, one in sets.items()
    }
    return {name: 100 * value for name, value in (figures | errors).items()}


def processor_ms(classifiers: Mapping[str, Classifier], crops: np.ndarray) -> dict[str, float]:
    """Returns each classifier's processor time a crop in milliseconds; the classifiers take turns.

    Args:
        classifiers: Classifiers by name.
        crops: uint8 `(n, 48, 48, 1)`, the batch of one call.
    """
    rounds: dict[str, list[float]] = {name: [] for name in classifiers}
    for _ in range(ROUNDS):
        for name, classifier in classifiers.items():
            classifier.classify(crops)  # its weights are in the cache again
            started_s = time.process_time()
            for _ in range(CALLS_PER_ROUND):
                classifier.classify(crops)
            rounds[name].append((time.process_time() - started_s) * 1000 / (CALLS_PER_ROUND * len(crops)))
    return {name: float(np.median(times)) for name, times in rounds.items()}


def print_table(header: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """Prints a Markdown table whose first column holds the names of the rows."""
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path, help="the float artifact")
    parser.add_argument("int8_dir", type=Path, help="the int8 artifact")
    for data in (FER2013, FERPLUS, CKPLUS, PHOTOS):
        data.add_option(parser)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sets = read_sets(options)
    wanted = [
        (options.model_dir, "onnx", "float32"),
        (options.model_dir, "openvino", "float32"),
        (options.model_dir, "openvino", "bfloat16"),
        (options.int8_dir, "onnx", "float32"),
        (options.int8_dir, "openvino", "float32"),
    ]
    loaded = [
        load_classifier(folder, runtime=runtime, precision=precision) for folder, runtime, precision in wanted
    ]
    classifiers = {classifier.runtime: classifier for classifier in loaded}
    sets["photos"] = read_photo_crops(PHOTOS.find(options.photos), loaded[0])
    measured = {name: figures_of(classifier.classify, sets) for name, classifier in classifiers.items()}
    exact = next(iter(measured.values()))
    print(
        f"{options.model_dir.name}: "
        + ", ".join(f"{name} {len(s.labels):,}" for name, s in sets.items())
        + "\n"
    )
    rows = {
        name: [f"{value:.2f} ({value - exact[column]:+.2f})" for column, value in figures.items()]
        for name, figures in measured.items()
    }
    print_table(["computed by", *exact], rows)
    crops = sets["PublicTest"].crops
    times = [processor_ms(classifiers, crops[:size]) for size in BATCH_SIZES]
    print_table(
        ["computed by", *(f"ms a face, batch {size}" for size in BATCH_SIZES)],
        {name: [f"{of_size[name]:.2f}" for of_size in times] for name in classifiers},
    )
    for classifier in loaded:
        classifier.close()


if __name__ == "__main__":
    main()
