"""Checkpoints of a run, written so that a crash or a full disk leaves the last good one intact."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.errors import TrainingError
from training.files import replacing

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class State:
    """State of a run between two epochs. Random numbers need no state: they follow from the seed and the epoch.

    Attributes:
        epoch: Number of finished epochs.
        weights: The network's weights, in Keras' order.
        optimizer: The optimizer's variables, in its order.
        average: EMA of the weights, or the weights themselves without averaging.
        best_score: Highest value so far of the recipe's `monitor`, 0..1.
        seconds: Training time so far.
    """

    epoch: int
    weights: Arrays
    optimizer: Arrays
    average: Arrays
    best_score: float
    seconds: float


def save_state(path: Path, state: State) -> None:
    """Writes the state atomically.

    Raises:
        TrainingError: If the disk is full or not writable; the old checkpoint at `path` is then intact.
    """
    arrays: dict[str, np.ndarray] = {
        "epoch": np.array(state.epoch),
        "best_score": np.array(state.best_score),
        "seconds": np.array(state.seconds),
    }
    for name in ("weights", "optimizer", "average"):
        arrays |= {f"{name}_{i:03}": array for i, array in enumerate(getattr(state, name))}
    save_arrays(path, arrays)


def load_state(path: Path) -> State:
    """Reads a state that `save_state` wrote.

    Raises:
        TrainingError: If there is no readable checkpoint at `path`.
    """
    arrays = load_arrays(path)
    lists = {
        name: [arrays[key] for key in sorted(arrays) if key.startswith(f"{name}_0")]
        for name in ("weights", "optimizer", "average")
    }
    missing = {"epoch", "best_score", "seconds"} - set(arrays)
    if missing or not lists["weights"]:
        raise _damaged(path, "parts are missing")
    return State(
        epoch=int(arrays["epoch"]),
        best_score=float(arrays["best_score"]),
        seconds=float(arrays["seconds"]),
        **lists,
    )


def load_best(path: Path) -> tuple[Arrays, int]:
    """Reads a run's `best.npz`: the weights of its best epoch, in Keras' order, and that 1-based epoch.

    Raises:
        TrainingError: If the file is missing or damaged.
    """
    arrays = load_arrays(path)
    return [arrays[name] for name in sorted(arrays) if name.startswith("weights_")], int(arrays["epoch"])


def save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes named arrays atomically. Raises `TrainingError` and keeps the old file if that fails."""
    try:
        with replacing(path) as file:
            np.savez(file, allow_pickle=False, **arrays)
    except OSError as error:
        raise TrainingError(
            f"The checkpoint {path} could not be written ({error.strerror or error}). "
            "The one before it is intact: make room, then continue with --resume."
        ) from error


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Reads named arrays. Raises `TrainingError` if the file is missing or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except FileNotFoundError as error:
        raise TrainingError(f"No checkpoint at {path}: start the run without --resume.") from error
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, reason: str) -> TrainingError:
    return TrainingError(
        f"The checkpoint {path} is damaged ({reason}). Delete the run's folder and start anew."
    )
