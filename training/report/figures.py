"""The figures of docs/results as SVG. The same results give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from training.report.results import Run, StoredMetrics

INK, FAINT, TRAINING, VALIDATION = "#1f2933", "#c6ccd4", "#8a94a3", "#0f6cbd"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "countenance",  # makes the ids in the file follow from its content
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",  # is part of matplotlib, so the layout is the same everywhere
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e8ebef",
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "legend.frameon": False,
}
Log = Sequence[Mapping[str, float]]


def drawn(width: float, height: float, draw: Callable[[Figure], None]) -> bytes:
    """Returns an SVG of the given size in inches, drawn by `draw`."""
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        content = io.BytesIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    lines = content.getvalue().decode().splitlines()
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


def curves(run: Run) -> bytes:
    """Returns accuracy and loss by epoch. Of a run with folds, the subject folds are faint behind the random split."""
    main = run.logs.get("", run.logs.get("random", next(iter(run.logs.values()))))
    faint = [log for name, log in run.logs.items() if name.startswith("subjects")]
    has_loss = "val_loss" in main[0]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, 2 if has_loss else 1, squeeze=False)[0]
        test = "test" if run.data == "ckplus" and not run.chose_epoch else "validation"
        _lines(
            axes[0],
            main,
            faint,
            {"accuracy": ("training", TRAINING), "val_accuracy": (test, VALIDATION)},
            100,
        )
        axes[0].set(title="Accuracy, %", xlabel="epoch")
        axes[0].legend(loc="lower right")
        if has_loss:
            _lines(
                axes[1],
                main,
                faint,
                {"loss": ("training", TRAINING), "val_loss": (test, VALIDATION)},
                1,
            )
            axes[1].set(title="Loss", xlabel="epoch")
            axes[1].set_ylim(bottom=0)
            axes[1].legend(loc="upper right")

    return drawn(7.6 if has_loss else 4.2, 2.9, draw)


def _lines(
    axes: Any, main: Log, faint: Sequence[Log], columns: Mapping[str, tuple[str, str]], scale: float
) -> None:
    for column, (title, colour) in columns.items():
        for log in faint:
            axes.plot(*_points(log, column, scale), color=colour, alpha=0.25, linewidth=0.7)
        points = _points(main, column, scale)
        if points[0]:
            axes.plot(*points, color=colour, label=title, linewidth=1.6)


def _points(log: Log, column: str, scale: float) -> tuple[list[float], list[float]]:
    rows = [row for row in log if column in row]
    return [row["epoch"] for row in rows], [scale * row[column] for row in rows]


def confusion(found: StoredMetrics) -> bytes:
    """Returns the confusion matrix twice: counts, and percent of each row."""
    counts = found.confusion
    shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        _matrix(left, shares, counts, found.labels, "Images")
        _matrix(right, shares, np.rint(shares).astype(int), found.labels, "Percent of the row")

    return drawn(9.4, 4.4, draw)


def _matrix(axes: Any, shares: np.ndarray, values: np.ndarray, labels: Sequence[str], title: str) -> None:
    _cells(axes, shares, values, labels, labels)
    axes.set_xticklabels(labels, rotation=45, ha="right")
    axes.set(title=title, xlabel="predicted", ylabel="true")
    axes.set_aspect("equal")


def _cells(
    axes: Any, shares: np.ndarray, values: np.ndarray, rows: Sequence[str], columns: Sequence[str]
) -> None:
    """Draws a table of numbers, each on a blue whose depth shows its share in percent."""
    axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=100, edgecolors="white", linewidth=1)
    for row, column in np.ndindex(values.shape):
        colour = "white" if shares[row, column] > 55 else INK
        text = str(values[row, column])
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns)
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.tick_params(length=0)


def reliability(found: StoredMetrics) -> bytes:
    """Returns a reliability diagram: accuracy against confidence, and below it the number of answers per bin."""

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        confidence = [100 * b.confidence for b in found.reliability]
        accuracy = [100 * b.accuracy for b in found.reliability]
        upper.plot([0, 100], [0, 100], color=FAINT, linewidth=1)
        upper.plot(confidence, accuracy, color=VALIDATION, marker="o", markersize=4, linewidth=1.4)
        upper.set(title="Accuracy, %", xlim=(0, 100), ylim=(0, 100))
        lower.bar(confidence, [b.n for b in found.reliability], width=4, color=TRAINING)
        lower.set(title="Answers", xlabel="confidence, %")

    return drawn(4.2, 4.6, draw)


def recalls(rows: Sequence[tuple[str, StoredMetrics]]) -> bytes:
    """Returns the recall of every label, percent, one row per model."""
    names, found = zip(*rows, strict=True)
    shares = np.array([[100 * label["recall"] for label in figures.per_class] for figures in found])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _cells(axes, shares, np.rint(shares).astype(int), names, found[0].labels)
        axes.set(title="Recall, %")

    return drawn(7.6, 0.6 + 0.28 * len(rows), draw)
