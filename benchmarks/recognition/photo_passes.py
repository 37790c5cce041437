"""Speed, memory and accuracy of reading photos: `python -m benchmarks.recognition.photo_passes [--passes 10]`.

Every photo of photos-dev (`--photos`) is read as a visitor's is: decoded, searched for faces on any side, cropped, and
classified by the shipped model through the micro-batcher, several at a time. A photo without a face counts as wrong.
"""

from __future__ import annotations

import argparse
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from benchmarks.common.data import PHOTOS
from benchmarks.recognition.photos import LABEL_OF_FOLDER, label_largest, measure_accuracy, photo_names
from webapp.recognition.reader import build_reader
from webapp.settings import Settings

WORKERS = 4


def report(pairs: list[tuple[str, str | None]]) -> None:
    """Prints accuracy as markdown; see `measure_accuracy`."""
    accuracy = measure_accuracy(pairs)
    faces = [read is not None for _, read in pairs]
    print(f"| faces found, of {len(pairs)} labelled photos | {100 * np.mean(faces):.1f} % |")
    print(f"| accuracy | {100 * accuracy.overall:.1f} % |")
    balanced, rest = 100 * accuracy.balanced, 100 * accuracy.without_disgust
    print(f"| balanced accuracy, and without disgust | {balanced:.1f} %, {rest:.1f} % |")
    each = ", ".join(f"{label} {100 * share:.0f} %" for label, share in accuracy.by_label.items())
    print(f"| found by expression | {each} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=10)
    PHOTOS.add_option(parser)
    options = parser.parse_args()
    place = PHOTOS.find(options.photos)
    reader = build_reader(Settings.from_env(os.environ))
    process = psutil.Process()
    with zipfile.ZipFile(place) as archive, ThreadPoolExecutor(WORKERS) as pool:
        names = photo_names(archive)

        def read(name: str) -> tuple[str, str | None, int]:
            return Path(name).parent.name, *label_largest(reader, archive.read(name))

        print("| figure | value |\n|---|---|")
        speeds, memory_mib = [], []
        for _ in range(options.passes):
            started_s = time.perf_counter()
            results = list(pool.map(read, names))
            speeds.append(len(names) / (time.perf_counter() - started_s))
            memory_mib.append(process.memory_info().rss / 2**20)
    reader.classifier.close()
    print(f"| photos, passes, cores | {len(names)}, {options.passes}, {os.cpu_count()} |")
    print(f"| photos per second, median and slowest pass | {np.median(speeds):.1f}, {min(speeds):.1f} |")
    print("| memory after each pass, MiB | " + ", ".join(f"{mib:.0f}" for mib in memory_mib) + " |")
    print(f"| photos that were turned | {sum(turned > 0 for *_, turned in results)} |")
    report([(LABEL_OF_FOLDER[folder], label) for folder, label, _ in results if folder in LABEL_OF_FOLDER])


if __name__ == "__main__":
    main()
