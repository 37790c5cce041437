"""Ours and the PyPI package `fer` on the same photos in the same run: `python -m benchmarks.recognition.peers`.

Makes fer's environment in benchmarks/peers/.venv the first time (it needs another OpenCV than ours). Both label the
largest face of every photo of photos-dev that has one of our seven labels; a photo without a face counts as wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.recognition.photo_passes import recalls
from benchmarks.recognition.photos import LABEL_OF_FOLDER, PHOTOS
from webapp.inference import LABELS, load_classifier
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.reader import make_reader
from webapp.settings import Settings

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".venv"

Labels = dict[str, tuple[str | None, float]]
"""Of each photo the label, `None` without a face, and the seconds it took."""


def label_with_fer() -> Labels:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        requirements = HERE / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    command = [python, HERE / "fer_labels.py", PHOTOS]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('["')]
    return {name: (label, seconds) for name, label, seconds in lines}


def label_with_ours() -> Labels:
    settings = Settings.from_env({})
    classifier = load_classifier(settings.model_dir, threads=settings.classify_threads)
    reader = make_reader(settings, load_detector(settings), classifier)
    labels: Labels = {}
    with zipfile.ZipFile(PHOTOS) as archive:
        for name in sorted(name for name in archive.namelist() if not name.endswith("/")):
            data = archive.read(name)
            started_s = time.perf_counter()
            found, _ = reader.find(data)
            (probs,) = reader.classify([found])
            label = LABELS[int(probs[0].argmax())] if len(probs) else None
            labels[name] = (label, time.perf_counter() - started_s)
    classifier.close()
    return labels


def report(name: str, labels: Labels) -> str:
    """Returns a row of the table."""
    folders = {photo: Path(photo).parent.name for photo in labels}
    pairs = [
        (LABEL_OF_FOLDER[folders[photo]], label)
        for photo, (label, _) in labels.items()
        if folders[photo] in LABEL_OF_FOLDER
    ]
    by_label = recalls(pairs)
    others = [share for label, share in by_label.items() if label != "disgust"]
    shares = [
        np.mean([read is not None for _, read in pairs]),
        np.mean([true == read for true, read in pairs]),
        np.mean(list(by_label.values())),
        np.mean(others),
    ]
    speed = 1 / np.median([seconds for _, seconds in labels.values()])
    each = ", ".join(f"{label} {100 * share:.0f}" for label, share in by_label.items())
    return (
        f"| {name} | {len(pairs)} | "
        + " | ".join(f"{100 * share:.1f}" for share in shares)
        + f" | {each} | {speed:.1f} |"
    )


def main() -> int:
    rows = [report("Countenance", label_with_ours()), report("fer 25.10.3", label_with_fer())]
    columns = "photos", "faces found, %", "accuracy, %", "balanced, %", "balanced without disgust, %"
    print("| | " + " | ".join(columns) + " | found by expression, % | photos/s, one at a time |")
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
