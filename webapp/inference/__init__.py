"""The one door to the model: what the app knows of it is a `Classifier`."""

from __future__ import annotations

from pathlib import Path

from webapp.inference.batcher import BatchedClassifier, MicroBatcher
from webapp.inference.card import LABELS, Card, CropRule, check_probe, read_card
from webapp.inference.classifier import Classifier

__all__ = ["LABELS", "Card", "Classifier", "CropRule", "MicroBatcher", "load_classifier", "read_card"]


def load_classifier(model_dir: Path | str, *, threads: int = 0, max_waiting: int = 256) -> Classifier:
    """Loads an artifact, checks it against its card, compiles and warms it up (some seconds).

    Call it in the process that serves, never before a fork: TensorFlow hangs in the child.

    Args:
        model_dir: Folder with `model.keras` and `card.json`.
        threads: CPU threads of one operation; 0 lets the backend choose.
        max_waiting: Crops that may wait before the server says that it is busy.

    Returns:
        A classifier that has answered its probe.

    Raises:
        ModelError: With one sentence that says what is wrong and what to do.
    """
    from webapp.inference.keras_backend import BATCH_SIZES, load_keras_backend

    model_dir = Path(model_dir)
    card = read_card(model_dir)
    backend = load_keras_backend(model_dir, card, threads=threads)
    check_probe(card.probe, backend.run)
    batcher = MicroBatcher(backend.run, max_batch=BATCH_SIZES[-1], max_waiting=max_waiting)
    return BatchedClassifier(card, batcher, backend.explain)
