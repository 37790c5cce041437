"""The results that a report renders: `result.json` and `log.csv` of runs, cards of artifacts, FER2013's duplicates."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from training.artifacts.card import FLIP, NO_DUPLICATES
from training.artifacts.run_result import RESULT
from training.errors import TrainingError
from training.evaluation.metrics import ReliabilityBin

RUNS, DATA = "runs", "data"


@dataclass(frozen=True)
class StoredMetrics:
    """Metrics as `result.json` and cards store them (`training.evaluation.evaluate.Metrics`).

    Attributes:
        n: Number of images.
        accuracy: Share of right answers, 0..1.
        interval: 95 % bootstrap interval of the accuracy, 0..1; `None` if it was not stored.
        balanced_accuracy: Mean recall over labels, 0..1.
        nll: Mean negative log-likelihood (cross-entropy) in nats.
        ece: Expected calibration error, 0..1.
        reliability: Bins of the calibration error.
        labels: Names of the k labels.
        per_class: Precision, recall, F1 and support per label.
        confusion: int array `(k, k)`, row = true label.
    """

    n: int
    accuracy: float
    interval: tuple[float, float] | None
    balanced_accuracy: float
    nll: float
    ece: float
    reliability: tuple[ReliabilityBin, ...]
    labels: tuple[str, ...]
    per_class: tuple[Mapping[str, Any], ...]
    confusion: np.ndarray

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> StoredMetrics:
        """Reads an entry of `result.json` or of a card."""
        interval = entry.get("accuracy_interval")
        return cls(
            n=entry["n"],
            accuracy=entry["accuracy"],
            interval=(interval[0], interval[1]) if interval else None,
            balanced_accuracy=entry["balanced_accuracy"],
            nll=entry["nll"],
            ece=entry["ece"],
            reliability=tuple(ReliabilityBin(**b) for b in entry.get("reliability", ())),
            labels=tuple(row["label"] for row in entry["per_class"]),
            per_class=tuple(entry["per_class"]),
            confusion=np.array(entry["confusion"]),
        )


@dataclass(frozen=True)
class Split:
    """One split or protocol of a run.

    Attributes:
        single: Metrics of a single pass.
        flip: Metrics with test-time augmentation (flip); `None` if not measured.
        no_duplicates: Metrics without images that another split holds too; `None` if not measured.
        right: bool array `(n,)` that marks the right answers, in the order of the data; `None` if it was not stored.
        folds: Accuracy of every fold, 0..1; empty without folds.
    """

    single: StoredMetrics
    flip: StoredMetrics | None = None
    no_duplicates: StoredMetrics | None = None
    right: np.ndarray | None = None
    folds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Run:
    """A finished run, or an artifact whose run folder is gone.

    Attributes:
        name: Name of the recipe, with the seed if that is not 1.
        recipe: Name of the recipe.
        settings: The recipe as `Recipe.as_dict` returns it.
        seed: Seed of the run.
        command: Command line that trains it again.
        hardware: Description of the hardware.
        seconds: Training time.
        splits: Splits by name; for CK+ the protocols `random` and `subjects`.
        logs: Rows of `log.csv` by fold. A run without folds has one log, named ""; empty if the log is gone.
        about: Further lines for its page.
        is_forest: Whether a random forest replaces the network's last layer.
    """

    name: str
    recipe: str
    settings: Mapping[str, Any]
    seed: int
    command: str
    hardware: str
    seconds: float
    splits: Mapping[str, Split]
    logs: Mapping[str, list[dict[str, float]]]
    about: tuple[str, ...] = ()
    is_forest: bool = False

    @property
    def data(self) -> str:
        """`fer2013`, `ferplus` or `ckplus`."""
        return str(self.settings.get("data", "fer2013"))

    @property
    def chose_epoch(self) -> bool:
        """Whether images of CK+ that trained nothing chose the epoch of each fold."""
        return bool(self.settings.get("validated"))


@dataclass(frozen=True)
class Results:
    """All results that a report renders.

    Attributes:
        runs: Runs by name, sorted.
        documented: Metrics of runs whose folders are gone, as written down at the time, by name.
        data: Counts and duplicates of FER2013 from `prepare --facts`; empty if it was not run.
        ten_crop: Metrics with ten crops averaged, by model and split, as `evaluate --ten-crop --json` printed them.
        conditions: What `benchmarks.recognition.conditions` wrote; empty if it was not run.
    """

    runs: Mapping[str, Run]
    documented: Mapping[str, Mapping[str, Any]]
    data: Mapping[str, Any]
    ten_crop: Mapping[tuple[str, str], StoredMetrics] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def of_recipe(self, recipe: str) -> list[Run]:
        """Returns the runs of a recipe, one per seed, the lowest first."""
        return sorted((run for run in self.runs.values() if run.recipe == recipe), key=lambda run: run.seed)

    def by_recipe(self) -> list[list[Run]]:
        """Returns the runs of every recipe, in each list by ascending seed."""
        return [self.of_recipe(name) for name in dict.fromkeys(run.recipe for run in self.runs.values())]


def read_results(out_dir: Path, models_dir: Path) -> Results:
    """Reads the results below `out_dir`, and adds the metrics of artifacts' cards that no run there has.

    Args:
        out_dir: Folder of the report.
        models_dir: Folder of the artifacts.

    Raises:
        TrainingError: If a file is damaged; the message names it.
    """
    runs, documented = {}, {}
    for path in sorted((out_dir / RUNS).glob(f"*/{RESULT}")):
        run = _read(path, _read_run)
        runs[run.name] = run
    for path in sorted((out_dir / RUNS).glob("*/documented.json")):
        documented[path.parent.name] = _read(path, _read_json)
    for path in sorted(models_dir.glob("*/card.json")):
        card = _read(path, _read_card)
        run = runs.get(card.name, card)
        runs[card.name] = replace(run, splits=card.splits | run.splits)
    data, conditions = (
        _read(path, _read_json) if path.exists() else {}
        for path in (out_dir / DATA / f"{name}.json" for name in ("fer2013", "conditions"))
    )
    ten_crop = {
        (path.stem, path.parent.name): StoredMetrics.of(_read(path, _read_json)["ten_crop"])
        for path in sorted((out_dir / DATA / "ten-crop").glob("*/*.json"))
    }
    return Results(dict(sorted(runs.items())), documented, data, ten_crop, conditions)


def _read(path: Path, read: Any) -> Any:
    try:
        return read(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path} cannot be read ({type(error).__name__}: {error}). Write it again."
        ) from error


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def _read_run(path: Path) -> Run:
    result = json.loads(path.read_text())
    logs = {"" if file.stem == "log" else file.stem: _read_log(file) for file in path.parent.glob("*.csv")}
    return Run(
        name=result["name"],
        recipe=result["recipe"],
        settings=json.loads((path.parent / "recipe.json").read_text()),
        seed=result["seed"],
        command=result["command"],
        hardware=result["hardware"],
        seconds=result["seconds"],
        splits={name: _read_split(entry) for name, entry in result["splits"].items()},
        logs=dict(sorted(logs.items())),
        about=_about(result, result.get("best_epoch")),
        is_forest="forest" in result,
    )


def _read_split(entry: Mapping[str, Any]) -> Split:
    optional = {
        name: StoredMetrics.of(entry[name]) if name in entry else None for name in ("flip", "no_duplicates")
    }
    right = np.array([digit == "1" for digit in entry["answers"]["right"]])
    return Split(
        StoredMetrics.of(entry["single"]), right=right, folds=tuple(entry.get("folds", ())), **optional
    )


def _read_card(path: Path) -> Run:
    card = json.loads(path.read_text())
    metrics, recipe = card["metrics"], card["recipe"]

    def optional(name: str) -> StoredMetrics | None:
        return StoredMetrics.of(metrics[name]) if name in metrics else None

    splits = {
        name: Split(StoredMetrics.of(entry), optional(name + FLIP), optional(name + NO_DUPLICATES))
        for name, entry in metrics.items()
        if not name.endswith((FLIP, NO_DUPLICATES))
    }
    curve = [
        {"epoch": float(number), "val_accuracy": value}
        for number, value in enumerate(recipe.get("validation_curve", ()), start=1)
    ]
    return Run(
        name=card["name"],
        recipe=recipe["name"],
        settings=recipe,
        seed=recipe["seed"],
        command=recipe["command"],
        hardware=card["training"]["hardware"],
        seconds=card["training"]["seconds"],
        splits=splits,
        logs={"": curve} if curve else {},
        about=_about(card, recipe.get("best_epoch")),
    )


def _read_log(path: Path) -> list[dict[str, float]]:
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def _about(entry: Mapping[str, Any], best_epoch: int | None) -> tuple[str, ...]:
    """Returns lines on best epoch, batch statistics and calibration from a card or a `result.json`."""
    lines = []
    if best_epoch:
        lines.append(f"Best epoch on PublicTest: {best_epoch}")
    if statistics := entry.get("batch_statistics"):
        lines.append(f"Batch statistics of {statistics['of']} (PublicTest: {statistics['chosen_by']})")
    if calibration := entry.get("calibration"):
        form = "a scale and an offset per label" if "label_scales" in calibration else "one temperature"
        lines.append(f"Calibration, chosen on PublicTest: {form} (temperature {calibration['temperature']})")
    versions = entry["versions"]
    lines.append("Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    return tuple(lines)
