"""Speed, memory and accuracy of reading photos: `python -m benchmarks.recognition.photo_passes [--passes 10]`.

Every photo of photos-dev goes the way of a visitor's: decode, faces on any side, crop, the shipped model through the
micro-batcher; several at a time. A photo without a face counts as wrong.
"""

from __future__ import annotations

import argparse
import os
import time
import zipfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from benchmarks.recognition.photos import LABEL_OF_FOLDER, PHOTOS
from webapp.inference import LABELS, load_classifier
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.reader import FaceReader
from webapp.settings import Settings

WORKERS = 4
LIMITS = {"max_bytes": 20_971_520, "max_pixels": 50_000_000}


def recalls(pairs: list[tuple[str, str | None]]) -> dict[str, float]:
    """Returns for each true label the share of its photos that were read right, 0..1.

    Args:
        pairs: The true label and the one read of the largest face, `None` without a face.
    """
    hits = defaultdict(list)
    for true, read in pairs:
        hits[true].append(true == read)
    return {label: float(np.mean(hits[label])) for label in LABELS if label in hits}


def report(pairs: list[tuple[str, str | None]]) -> None:
    """Prints accuracy as markdown."""
    by_label = recalls(pairs)
    faces = [read is not None for _, read in pairs]
    others = [share for label, share in by_label.items() if label != "disgust"]
    print(f"| faces found, of {len(pairs)} labelled photos | {100 * np.mean(faces):.1f} % |")
    print(f"| accuracy | {100 * np.mean([true == read for true, read in pairs]):.1f} % |")
    balanced, rest = 100 * np.mean(list(by_label.values())), 100 * np.mean(others)
    print(f"| balanced accuracy, and without disgust | {balanced:.1f} %, {rest:.1f} % |")
    print("| found by expression | " + ", ".join(f"{k} {100 * v:.0f} %" for k, v in by_label.items()) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=10)
    passes = parser.parse_args().passes
    settings = Settings.from_env(os.environ)
    classifier = load_classifier(settings.model_dir, threads=settings.classify_threads)
    reader = FaceReader(load_detector(settings), classifier, max_faces=settings.max_faces, **LIMITS)
    process = psutil.Process()
    with zipfile.ZipFile(PHOTOS) as archive, ThreadPoolExecutor(WORKERS) as pool:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))

        def read(name: str) -> tuple[str, str | None, int]:
            found, _ = reader.find(archive.read(name))
            (probs,) = reader.classify([found])
            label = LABELS[int(probs[0].argmax())] if len(probs) else None
            return Path(name).parent.name, label, found.turned

        print("| figure | value |\n|---|---|")
        speeds, memory_mib = [], []
        for _ in range(passes):
            started_s = time.perf_counter()
            results = list(pool.map(read, names))
            speeds.append(len(names) / (time.perf_counter() - started_s))
            memory_mib.append(process.memory_info().rss / 2**20)
    classifier.close()
    print(f"| photos, passes, cores | {len(names)}, {passes}, {os.cpu_count()} |")
    print(f"| photos per second, median and slowest pass | {np.median(speeds):.1f}, {min(speeds):.1f} |")
    print("| memory after each pass, MiB | " + ", ".join(f"{mib:.0f}" for mib in memory_mib) + " |")
    print(f"| photos that were turned | {sum(turned > 0 for *_, turned in results)} |")
    report([(LABEL_OF_FOLDER[folder], label) for folder, label, _ in results if folder in LABEL_OF_FOLDER])


if __name__ == "__main__":
    main()
