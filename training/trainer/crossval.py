"""Cross-validation: trains a recipe once per fold and keeps the answers to the test images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.config import Recipe
from training.data.batches import predict_all
from training.data.faces import Faces
from training.data.folds import Fold
from training.evaluation.metrics import confusion_matrix, softmax, top1_accuracy
from training.nn.models import ModelOptions, build
from training.trainer.checkpoint import Arrays, load_arrays, load_best, load_state, save_arrays
from training.trainer.run import fit

RESULT = "result.npz"


@dataclass(frozen=True)
class FoldResult:
    """Answers of one fold's model to the fold's test images.

    Attributes:
        probabilities: float array `(n, k)`.
        labels: int array `(n,)`, true labels.
        rows: int array `(n,)`, indices of the images in the data set.
        seconds: Training time.
    """

    probabilities: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    seconds: float

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0..1."""
        return top1_accuracy(self.probabilities, self.labels)


@dataclass(frozen=True)
class Summary:
    """Results of all folds of a protocol.

    Attributes:
        num_folds: Number of folds.
        mean: Mean of the folds' accuracies, 0..1.
        deviation: Standard deviation of the folds' accuracies (n - 1); 0 for one fold.
        pooled: Accuracy over all test images together, 0..1.
        confusion: int array `(k, k)` over all test images, row = true label.
        seconds: Training time of all folds.
    """

    num_folds: int
    mean: float
    deviation: float
    pooled: float
    confusion: np.ndarray
    seconds: float


def cross_validate(
    recipe: Recipe,
    faces: Faces,
    folds: list[Fold],
    run_dir: Path,
    *,
    initial: Arrays | None = None,
    say: Callable[[str], None] = print,
) -> Summary:
    """Trains every fold that has no result yet; an interrupted run continues.

    The test images choose nothing. The result is that of the epoch with the best validation, of equal ones the last;
    without validation images it is the last epoch's, and the log shows the test images as validation, for the curves
    alone.

    Args:
        recipe: Recipe to train.
        faces: The whole data set.
        folds: Folds of the data set.
        run_dir: Run folder, with a folder per fold. A finished fold keeps its log and its result, but no weights.
        initial: Weights to start from, in Keras' order. Default: fresh weights.
        say: Function that receives progress lines.

    Returns:
        Results of all folds.

    Raises:
        TrainingError: If a checkpoint cannot be read or written.
        KeyboardInterrupt: On Ctrl-C; finished epochs and folds are on disk.
    """
    results = []
    for fold in folds:
        fold_dir = run_dir / fold.name
        if not (fold_dir / RESULT).exists():
            chosen = "" if fold.validation is None else f", {len(fold.validation)} choose the epoch"
            say(f"{fold.name}: {len(fold.train)} images train{chosen}, {len(fold.test)} test")
            _train_fold(recipe, faces, fold, fold_dir, initial=initial, say=say)
        results.append(load_result(fold_dir))
        say(f"{fold.name}: {results[-1].accuracy:.2%} of {len(fold.test)}")
    return summarise(results)


def _train_fold(
    recipe: Recipe,
    faces: Faces,
    fold: Fold,
    fold_dir: Path,
    *,
    initial: Arrays | None,
    say: Callable[[str], None],
) -> None:
    train, test = (
        replace(faces.take(indices), split=name)
        for name, indices in (("Training", fold.train), ("test", fold.test))
    )
    watched = test if fold.validation is None else replace(faces.take(fold.validation), split="validation")
    resume = (fold_dir / "last.npz").exists()
    best = fit(recipe, (train, watched), fold_dir, initial=initial, resume=resume, say=say)
    state = load_state(fold_dir / "last.npz")
    options = ModelOptions(dropout=recipe.dropout, width=recipe.width, softmax=recipe.loss != "l2_svm")
    model = build(recipe.model, options)
    model.set_weights(state.average if fold.validation is None else load_best(best)[0])
    outputs = predict_all(model.predict_on_batch, test.images)
    save_arrays(
        fold_dir / RESULT,
        {
            "probabilities": outputs if options.softmax else softmax(outputs),
            "labels": test.labels,
            "rows": test.rows,
            "seconds": np.array(state.seconds),
        },
    )
    for name in ("last.npz", "best.npz"):
        (fold_dir / name).unlink(missing_ok=True)


def load_result(fold_dir: Path) -> FoldResult:
    """Reads a finished fold. Raises `TrainingError` if it is missing or damaged."""
    arrays = load_arrays(fold_dir / RESULT)
    return FoldResult(
        arrays["probabilities"], arrays["labels"], arrays["rows"], seconds=float(arrays["seconds"])
    )


def summarise(results: list[FoldResult]) -> Summary:
    """Returns the results of all folds together."""
    accuracies = np.array([result.accuracy for result in results])
    probabilities = np.concatenate([result.probabilities for result in results])
    labels = np.concatenate([result.labels for result in results])
    return Summary(
        num_folds=len(results),
        mean=float(accuracies.mean()),
        deviation=float(accuracies.std(ddof=1)) if len(results) > 1 else 0.0,
        pooled=top1_accuracy(probabilities, labels),
        confusion=confusion_matrix(probabilities, labels),
        seconds=sum(result.seconds for result in results),
    )


def transferred(trained: Arrays, fresh: Arrays) -> Arrays:
    """Returns trained weights with a fresh last layer, as the labels of the new task are others.

    Args:
        trained: Weights of the trained model, in Keras' order.
        fresh: Weights of a fresh model with the same shapes.
    """
    return [*trained[:-2], *fresh[-2:]]
