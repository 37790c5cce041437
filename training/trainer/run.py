"""A run in its folder: logged, resumable after every epoch, also after Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from training.config import Recipe
from training.data.faces import Faces
from training.errors import TrainingError
from training.files import replace_text
from training.trainer import distribution
from training.trainer.checkpoint import Arrays, State, load_state, save_arrays, save_state
from training.trainer.device import write_environment
from training.trainer.epochs import EpochMetrics, check_data, train_epochs
from training.trainer.logs import EpochLog


def fit(
    recipe: Recipe,
    data: tuple[Faces, Faces],
    run_dir: Path,
    *,
    initial: Arrays | None = None,
    resume: bool = False,
    say: Callable[[str], None] = print,
) -> Path:
    """Trains a recipe to its last epoch.

    After every epoch `last.npz` holds all that the next one needs, and `best.npz` the EMA weights with the highest
    value of `recipe.monitor`. Random numbers follow from the recipe's seed and the epoch, so a resumed run is exact.

    Args:
        recipe: Recipe to train.
        data: The training split, and the validation split that selects the best epoch; never a test split.
        run_dir: Folder of checkpoints and logs; created if missing.
        initial: Weights to start from, in Keras' order. Default: fresh weights.
        resume: Whether to continue from `last.npz`.
        say: Function that receives progress lines.

    Returns:
        Path of `best.npz`.

    Raises:
        TrainingError: If the run exists and `resume` is false, or a checkpoint cannot be read or written.
        KeyboardInterrupt: On Ctrl-C; the last finished epoch is on disk.
    """
    check_data(*data)
    _prepare_run(recipe, run_dir, resume=resume)
    before = load_state(run_dir / "last.npz") if resume else None
    log = EpochLog(run_dir, first_epoch=before.epoch if before else 0) if distribution.is_first() else None
    for state, row in train_epochs(recipe, data, state=before, initial=initial, say=say):
        if log is not None:
            _keep(recipe, run_dir, state, row, log)
            say(log.line(state.epoch - 1, recipe.epochs, row))
    return run_dir / "best.npz"


def _keep(recipe: Recipe, run_dir: Path, state: State, row: EpochMetrics, log: EpochLog) -> None:
    """Writes an epoch: its weights if they are the best so far, its row of the log, and the checkpoint."""
    # The checkpoint comes last: if anything before it fails, a resumed run trains this epoch again.
    if row[recipe.monitor] == state.best_score:
        arrays = {f"weights_{i:03}": array for i, array in enumerate(state.average)}
        save_arrays(run_dir / "best.npz", {"epoch": np.array(state.epoch), **arrays})
    _log(log, state.epoch - 1, row)
    save_state(run_dir / "last.npz", state)


def _log(log: EpochLog, epoch: int, row: EpochMetrics) -> None:
    try:
        log.add(epoch, row)
    except OSError as error:
        raise TrainingError(
            f"The run's log could not be written ({error.strerror or error}). "
            "The last checkpoint is intact: make room, then continue with --resume."
        ) from error


def _prepare_run(recipe: Recipe, run_dir: Path, *, resume: bool) -> None:
    if (run_dir / "last.npz").exists() and not resume:
        raise TrainingError(
            f"{run_dir} already holds a run. Continue with --resume, or choose another --run-dir."
        )
    if not distribution.is_first():
        return
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        replace_text(run_dir / "recipe.json", json.dumps(recipe.as_dict(), indent=2) + "\n")
        write_environment(run_dir)
    except OSError as error:
        raise TrainingError(f"The run folder {run_dir} cannot be written ({error.strerror}).") from error
