"""The report of a tuning study: the effect of each hyper-parameter, as figures and a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from training.errors import TrainingError
from training.files import replace_text
from training.trainer.tune import as_rows

FEWEST_TRIALS = 4
"""Minimum number of complete trials for a meaningful importance."""
NAMES = {
    "learning_rate": "learning rate",
    "batch_size": "batch",
    "dropout": "dropout",
    "kernel_l2": "L2",
    "width": "width",
    "augmentation": "augmentation",
}


def write_report(study: optuna.Study, out_dir: Path, command: str) -> list[Path]:
    """Writes `README.md` and, if enough trials are complete, the figures that it shows.

    Args:
        study: Study with at least one finished trial.
        out_dir: Folder of the report; created if missing.
        command: Command line of the study, shown above the table.

    Returns:
        Paths of the files written.

    Raises:
        TrainingError: If a file cannot be written.
    """
    rows = as_rows(study)
    importances = _importances(study) if sum(row["finished"] for row in rows) >= FEWEST_TRIALS else {}
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        figures = _draw(study, out_dir, importances) if importances else []
        replace_text(out_dir / "README.md", _text(study, rows, importances, command))
    except OSError as error:
        raise TrainingError(f"{out_dir} cannot be written ({error.strerror or error}).") from error
    return [out_dir / "README.md", *figures]


def _importances(study: optuna.Study) -> dict[str, float]:
    """Returns the share of the accuracy's variance that each hyper-parameter explains (fANOVA, Hutter et al. 2014)."""
    with _quiet():
        return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))


def _draw(study: optuna.Study, out_dir: Path, importances: dict[str, float]) -> list[Path]:
    matplotlib.use("Agg")
    from matplotlib import pyplot
    from optuna.visualization import matplotlib as figures

    written = []
    order = list(importances)
    drawings = {
        "importance.png": lambda: _draw_importance(pyplot, importances),
        "parallel.png": lambda: figures.plot_parallel_coordinate(study, params=order, target_name="accuracy"),
        "slices.png": lambda: figures.plot_slice(study, params=order, target_name="accuracy"),
    }
    for name, draw in drawings.items():
        with _quiet(), pyplot.rc_context({"font.size": 9, "figure.figsize": (10, 4)}):
            draw()
            figure = pyplot.gcf()
            if name == "slices.png":
                figure.set_size_inches(3 * len(order), 3.6)
            figure.savefig(out_dir / name, dpi=110, bbox_inches="tight", metadata={"Software": None})
            pyplot.close("all")
        written.append(out_dir / name)
    return written


def _draw_importance(pyplot: Any, importances: dict[str, float]) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 2.6))
    names = [NAMES[name] for name in reversed(importances)]
    shares = [100 * share for share in reversed(importances.values())]
    bars = axes.barh(names, shares, color="#3b6ea5")
    axes.bar_label(bars, fmt="%.0f %%", padding=3)
    axes.set_xlabel("share of the accuracy's variance, % (fANOVA)")
    axes.set_xlim(0, 1.12 * max(shares))
    axes.spines[["top", "right"]].set_visible(False)


def _text(
    study: optuna.Study, rows: list[dict[str, Any]], importances: dict[str, float], command: str
) -> str:
    budget = study.user_attrs["settings"]["budget"]
    images = f"{budget['num_images']:,}" if budget["num_images"] else "all"
    finished = sum(row["finished"] for row in rows)
    lines = [
        f"# Hyper-parameters of {study.study_name}",
        "",
        f"```sh\n{command}\n```",
        "",
        f"{len(rows)} trials, of which {finished} are complete. The others were pruned, as they were below the median "
        f"of the earlier trials at the same epoch. Each trial has {budget['epochs']} epochs on {images} images of "
        f"Training at {budget['image_size']} x {budget['image_size']} pixels; its objective is the last epoch's "
        f"accuracy on {budget['validation']}. {sum(row['seconds'] for row in rows) / 60:.0f} minutes of training.",
        "",
    ]
    if importances:
        shares = ", ".join(f"{NAMES[name]} {share:.0%}" for name, share in importances.items())
        lines += [
            f"Share of the variance between complete trials that each choice explains: {shares}.",
            "",
            *(f"![{alt}]({name})\n" for name, alt in FIGURES.items()),
        ]
    return "\n".join([*lines, *_table(rows)]) + "\n"


FIGURES = {
    "importance.png": "How much of the difference between trials each hyper-parameter explains",
    "slices.png": "Accuracy of every trial against each hyper-parameter",
    "parallel.png": "Every trial as one line through its choices, dark where it did well",
}


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"| accuracy | epochs | {' | '.join(NAMES.values())} |"
    yield "|" + "---|" * (len(NAMES) + 2)
    for row in rows:
        accuracy = f"{row['accuracy']:.2%}".replace("%", " %") + ("" if row["finished"] else " (pruned)")
        yield f"| {accuracy} | {row['epochs']} | {' | '.join(f'{row[name]:.3g}' for name in NAMES)} |"


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences Optuna, which warns at each call that its matplotlib figures are experimental."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
