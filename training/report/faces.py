"""Test faces with a model's answers, for local use: FER2013's and CK+'s images are not ours to publish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from training.data.batches import predict_all
from training.data.faces import Faces
from training.errors import TrainingError
from training.report.figures import INK, STYLE

ROWS, COLUMNS = 4, 8
RIGHT, WRONG = "#2a7d4f", "#b3261e"


def draw_faces(model: keras.Model, labels: Sequence[str], faces: Faces, out_dir: Path) -> list[Path]:
    """Draws random answers, and the wrong answers of highest confidence.

    Args:
        model: Model of an artifact.
        labels: Names of the labels in the order of the model's outputs.
        faces: Split to draw from.
        out_dir: Folder of the two PNG files; created if missing.

    Returns:
        Paths of the files.

    Raises:
        TrainingError: If a file cannot be written.
    """
    probabilities = predict_all(model.predict_on_batch, faces.images)
    wrong = np.flatnonzero(probabilities.argmax(1) != faces.labels)
    surest = wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")]
    chosen = {
        "answers.png": np.random.default_rng(0).permutation(len(faces)),
        "sure-and-wrong.png": surest,
    }
    paths = []
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for name, indices in chosen.items():
            few = indices[: ROWS * COLUMNS]
            _sheet(faces.take(few), probabilities[few], labels, out_dir / name)
            paths.append(out_dir / name)
    except OSError as error:
        raise TrainingError(
            f"The faces could not be drawn into {out_dir} ({error.strerror or error})."
        ) from error
    return paths


def _sheet(faces: Faces, probabilities: np.ndarray, labels: Sequence[str], path: Path) -> None:
    with rc_context(STYLE):
        figure = Figure(figsize=(COLUMNS * 1.3, ROWS * 1.6), layout="constrained")
        for place, axes in enumerate(figure.subplots(ROWS, COLUMNS).ravel()):
            axes.set_axis_off()
            if place >= len(faces):
                continue
            predicted, true = int(probabilities[place].argmax()), int(faces.labels[place])
            axes.imshow(faces.images[place, :, :, 0], cmap="gray", vmin=0, vmax=255)
            text = f"{labels[predicted]} {probabilities[place].max():.0%}"
            text += "" if predicted == true else f"\nis {faces.names[true]}"
            axes.set_title(text, fontsize=7, color=RIGHT if predicted == true else WRONG)
        figure.suptitle(
            "Predicted label, confidence, and the true label if it differs", fontsize=8, color=INK
        )
        figure.savefig(path, dpi=120)
