"""The report's tables beside our results, and the formats that all pages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from training.recipes import RECIPES
from training.report.results import Results, Run, StoredMetrics

NOT_RUN = "not run yet"


@dataclass(frozen=True)
class TableRow:
    """One accuracy of the report.

    Attributes:
        setting: Description of the experiment.
        recipe: Name of our recipe for it.
        split: Split or protocol of our result.
        reported: The report's accuracy, percent.
    """

    setting: str
    recipe: str
    split: str
    reported: float


TABLES: dict[str, tuple[TableRow, ...]] = {
    "Table 4.3: Model 2 on FER2013, with and without augmentation": (
        TableRow("no augmentation, validation", "report-model2-fer2013-plain", "PublicTest", 63.59),
        TableRow("no augmentation, test", "report-model2-fer2013-plain", "PrivateTest", 64.56),
        TableRow("augmentation, validation", "report-model2-fer2013", "PublicTest", 67.60),
        TableRow("augmentation, test", "report-model2-fer2013", "PrivateTest", 68.66),
    ),
    "Table 4.4: cross-entropy and L2 multiclass SVM, Model 2": (
        TableRow("FER2013, cross-entropy", "report-model2-fer2013", "PrivateTest", 67.60),
        TableRow("FER2013, L2-SVM", "report-model2-fer2013-svm", "PrivateTest", 65.64),
        TableRow("CK+, cross-entropy", "report-model2-ckplus-validated", "random", 97.97),
        TableRow("CK+, L2-SVM", "report-model2-ckplus-svm-validated", "random", 93.55),
    ),
    "Table 4.5: Model 1 (0.88M parameters) and Model 2 (3.8M)": (
        TableRow("Model 1, FER2013", "report-model1-fer2013", "PrivateTest", 62.16),
        TableRow("Model 1, CK+", "report-model1-ckplus-validated", "random", 93.92),
        TableRow("Model 2, FER2013", "report-model2-fer2013", "PrivateTest", 67.60),
        TableRow("Model 2, CK+", "report-model2-ckplus-validated", "random", 97.97),
    ),
}


def percent(share: float, digits: int = 2) -> str:
    """Returns a share 0..1 as percent without the sign."""
    return f"{100 * share:.{digits}f}"


def with_interval(figures: StoredMetrics) -> str:
    """Returns an accuracy with its interval, percent."""
    if figures.interval is None:
        return percent(figures.accuracy)
    low, high = figures.interval
    return f"{percent(figures.accuracy)} ({percent(low, 1)} to {percent(high, 1)})"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def report_table(results: Results, rows: Sequence[TableRow]) -> str:
    """Returns one of the report's tables beside our results. Rows without results say so."""
    head = ("", "the report, %", "ours, % (95 % interval)", "difference", "run", "command")
    return markdown_table(head, [_cells(results, row) for row in rows])


def _cells(results: Results, row: TableRow) -> list[str]:
    runs = [run for run in results.of_recipe(row.recipe) if row.split in run.splits]
    command = f"`{train_command(row.recipe)}`"
    if not runs:
        return [row.setting, f"{row.reported:.2f}", NOT_RUN, "", "", command]
    found = [run.splits[row.split].single for run in runs]
    difference = f"{100 * float(np.mean([figures.accuracy for figures in found])) - row.reported:+.2f}"
    return [row.setting, f"{row.reported:.2f}", over_seeds(found), difference, links(runs), command]


def mean_and_deviation(shares: Sequence[float]) -> str:
    """Returns the mean and the standard deviation over seeds or folds, percent."""
    deviation = float(np.std(shares, ddof=1)) if len(shares) > 1 else 0.0
    return f"{percent(float(np.mean(shares)))} ± {percent(deviation)}"


def over_seeds(found: Sequence[StoredMetrics]) -> str:
    """Returns an accuracy with its interval, or mean and deviation of several seeds, percent."""
    if len(found) == 1:
        return with_interval(found[0])
    return f"{mean_and_deviation([figures.accuracy for figures in found])} ({len(found)} seeds)"


def train_command(recipe: str) -> str:
    """Returns the command line that trains a recipe."""
    known = RECIPES.get(recipe)
    return f"python -m training fit {recipe}" if known is None else known.command


def link(run: Run) -> str:
    """Returns a Markdown link to a run's page."""
    return f"[{run.name}]({run.name}.md)"


def links(runs: Sequence[Run]) -> str:
    """Returns links to the pages of a recipe's runs. The first link shows the name, the others the seed."""
    return ", ".join([link(runs[0]), *(f"[seed {run.seed}]({run.name}.md)" for run in runs[1:])])
