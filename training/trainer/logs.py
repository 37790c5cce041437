"""Progress lines, `log.csv` and TensorBoard files of a run, and readers of `log.csv`."""

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
    """Running means of an epoch's metrics, and progress lines with the time left.

    It prints whole lines, not tqdm's bar: a long training often writes to a file or a pipe, where a bar is one
    ever-growing line of carriage returns.

    Args:
        num_steps: Number of steps of the epoch.
        title: Name of the epoch in the lines.
        say: Function that receives the lines.
        every_s: Minimum seconds between two lines.
    """

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
        """Counts `count` steps with the mean of their metrics, and prints a line if the last one was long ago."""
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
        """Returns a metric's mean over the steps so far, all of which have the same number of images."""
        return self._sums[name] / self._step


class EpochLog:
    """Writes one row per epoch to `log.csv` and TensorBoard event files.

    Args:
        run_dir: Run folder.
        first_epoch: 0-based epoch that the run continues with. Later rows, left by an interrupted run, are dropped.
    """

    def __init__(self, run_dir: Path, *, first_epoch: int) -> None:
        from tensorboard.summary import Writer

        self._path = run_dir / "log.csv"
        self._rows = self._read(first_epoch)
        self._writer = Writer(str(run_dir / "tensorboard"))

    def add(self, epoch: int, row: dict[str, float]) -> None:
        """Appends an epoch by rewriting the file, so that it is complete after every epoch. Raises `OSError`."""
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
        """Returns the progress line of an epoch, with the time left at this pace."""
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


def training_seconds(run_dir: Path) -> int:
    """Returns the training time of a run's epochs, without validation. Raises `TrainingError` if the log is damaged."""
    return round(sum(_read_column(run_dir, "seconds")))


def num_epochs(run_dir: Path) -> int:
    """Returns the number of finished epochs. Raises `TrainingError` if the log is damaged."""
    return len(_read_column(run_dir, "seconds"))


def validation_curve(run_dir: Path) -> list[float]:
    """Returns the validation accuracy, 0..1, after every epoch. Raises `TrainingError` if the log is damaged."""
    return [round(accuracy, 4) for accuracy in _read_column(run_dir, "val_accuracy")]


def _read_column(run_dir: Path, name: str) -> list[float]:
    path = run_dir / "log.csv"
    try:
        with path.open(newline="") as file:
            return [float(row[name]) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read ({error}): the run is incomplete.") from error
