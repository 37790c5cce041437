"""What a person and a plotting tool see of a run."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.errors import TrainingError
from training.files import replace_text


class EpochProgress:
    """Says now and then how far an epoch is and how long it will take."""

    def __init__(
        self, num_steps: int, *, title: str, say: Callable[[str], None], every_s: float = 20.0
    ) -> None:
        self.num_steps = num_steps
        self._title = title
        self._say = say
        self._every_s = every_s
        self._step = 0
        self._sums: dict[str, float] = {}
        self._started = self._said = time.monotonic()

    def after_steps(self, logs: dict[str, float], count: int = 1) -> None:
        """Counts `count` steps with the mean of their figures; says one line if the last was long ago."""
        self._step += count
        for name, value in logs.items():
            self._sums[name] = self._sums.get(name, 0.0) + count * float(value)
        now = time.monotonic()
        if now - self._said < self._every_s:
            return
        self._said = now
        done = self._step / self.num_steps
        left_s = (now - self._started) * (1 - done) / done
        self._say(
            f"  {self._title}: {done:4.0%}, {left_s:.0f} s left in this epoch, "
            f"loss {self.mean('loss'):.3f}, accuracy {self.mean('accuracy'):.1%}"
        )

    def mean(self, name: str) -> float:
        """Returns a figure's mean over the steps so far; the steps are of one size."""
        return self._sums[name] / self._step


class EpochLog:
    """Writes one row per epoch to `log.csv` and TensorBoard event files.

    Args:
        run_dir: The run's folder.
        first_epoch: Rows from this 0-based epoch on, left by an interrupted run, are dropped.
    """

    def __init__(self, run_dir: Path, *, first_epoch: int) -> None:
        from tensorboard.summary import Writer

        self._path = run_dir / "log.csv"
        self._rows = self._read(first_epoch)
        self._writer = Writer(str(run_dir / "tensorboard"))

    def add(self, epoch: int, row: dict[str, float]) -> None:
        """Appends an epoch; the file is rewritten, so it is whole after every epoch. Raises `OSError`."""
        self._rows.append({"epoch": epoch + 1, **{k: round(v, 6) for k, v in row.items()}})
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self._rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        replace_text(self._path, text.getvalue())
        for name, value in row.items():
            self._writer.add_scalar(name, value, epoch + 1)
        self._writer.flush()

    def line(self, epoch: int, num_epochs: int, row: dict[str, float]) -> str:
        """Returns the epoch in words, with the time left at this pace."""
        left_min = row["seconds"] * (num_epochs - epoch - 1) / 60
        return (
            f"epoch {epoch + 1}/{num_epochs}: loss {row['loss']:.3f}, accuracy {row['accuracy']:.1%}, "
            f"validation {row['val_accuracy']:.2%} ({row['val_loss']:.3f}), {row['seconds']:.0f} s "
            f"({row['images_per_s']:.0f} images/s), about {left_min:.0f} min left"
        )

    def _read(self, first_epoch: int) -> list[dict[str, Any]]:
        if first_epoch == 0 or not self._path.exists():
            return []
        with self._path.open(newline="") as file:
            return [row for row in csv.DictReader(file) if int(row["epoch"]) <= first_epoch]


def seconds_of(run_dir: Path) -> int:
    """Returns how long a run's epochs took together, validation not counted, as its log says."""
    return round(sum(read_log(run_dir)))


def read_log(run_dir: Path) -> list[float]:
    """Returns the seconds of every finished epoch."""
    path = run_dir / "log.csv"
    try:
        with path.open(newline="") as file:
            return [float(row["seconds"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read ({error}): the run is not whole.") from error


def validation_curve(run_dir: Path) -> list[float]:
    """Returns the validation accuracy, 0..1, after every epoch. Raises `TrainingError` if the log cannot be read."""
    try:
        with (run_dir / "log.csv").open(newline="") as file:
            return [round(float(row["val_accuracy"]), 4) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{run_dir / 'log.csv'} cannot be read ({error}): the run is not whole."
        ) from error
