"""Countenance and the PyPI package `fer` on the same photos in the same run.

    python -m benchmarks.recognition.peers [--photos ../shared/data/photos-dev.zip]

The first run installs fer in benchmarks/recognition/peers/.venv, since it needs another OpenCV. Both label the
largest face of every photo that has one of the app's seven labels; a photo without a face counts as wrong.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
import venv
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.common.data import PHOTOS
from benchmarks.recognition.photos import LABEL_OF_FOLDER, label_largest, measure_accuracy, photo_names
from benchmarks.serving.live import make_frames
from webapp.recognition.reader import build_reader
from webapp.settings import Settings

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv"

Labels = dict[str, tuple[str | None, float]]
"""Label of each photo, `None` without a face, and the seconds it took."""


def label_with_fer(photos: Path) -> Labels:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        requirements = HERE / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    command = [python, HERE / "fer_labels.py", photos]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('["')]
    return {name: (label, seconds) for name, label, seconds in lines}


def label_with_countenance(photos: Path) -> Labels:
    reader = build_reader(Settings.from_env({}))
    labels: Labels = {}
    with zipfile.ZipFile(photos) as archive:
        for name in photo_names(archive):
            data = archive.read(name)
            started_s = time.perf_counter()
            label, _ = label_largest(reader, data)
            labels[name] = (label, time.perf_counter() - started_s)
    reader.classifier.close()
    return labels


def report(name: str, labels: Labels) -> str:
    """Returns a row of the table."""
    folders = {photo: Path(photo).parent.name for photo in labels}
    pairs = [
        (LABEL_OF_FOLDER[folders[photo]], label)
        for photo, (label, _) in labels.items()
        if folders[photo] in LABEL_OF_FOLDER
    ]
    accuracy = measure_accuracy(pairs)
    found = float(np.mean([read is not None for _, read in pairs]))
    shares = [found, accuracy.overall, accuracy.balanced, accuracy.without_disgust]
    speed = speed_of(labels)
    each = ", ".join(f"{label} {100 * share:.0f}" for label, share in accuracy.by_label.items())
    return (
        f"| {name} | {len(pairs)} | "
        + " | ".join(f"{100 * share:.1f}" for share in shares)
        + f" | {each} | {speed:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    PHOTOS.add_option(parser)
    photos = PHOTOS.find(parser.parse_args().photos)
    rows = [
        report("Countenance", label_with_countenance(photos)),
        report("fer 25.10.3", label_with_fer(photos)),
    ]
    columns = "photos", "faces found, %", "accuracy, %", "balanced, %", "balanced without disgust, %"
    print("| | " + " | ".join(columns) + " | found by expression, % | photos/s, one at a time |")
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))
    with tempfile.TemporaryDirectory() as folder:
        frames = write_frames(Path(folder) / "frames.zip")
        speeds = [speed_of(labels(frames)) for labels in (label_with_countenance, label_with_fer)]
    print(f"\nFrames of 640 x 480, one at a time: {speeds[0]:.1f} a second, fer {speeds[1]:.1f}.")


def write_frames(path: Path) -> Path:
    """Writes the frames of `make load` into an archive, three times over; returns its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, jpeg in enumerate(make_frames() * 3):
            archive.writestr(f"neutral/{number:03}.jpg", jpeg)
    return path


def speed_of(labels: Labels) -> float:
    """Returns images per second, by the median time of one."""
    return float(1 / np.median([seconds for _, seconds in labels.values()]))


if __name__ == "__main__":
    main()
