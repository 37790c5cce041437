"""One page per run: its training, curves, confusion matrices and calibration."""

from __future__ import annotations

from training.report import figures
from training.report.results import Run, Split, StoredMetrics
from training.report.tables import markdown_table, mean_and_deviation, percent, with_interval

SPLIT_TITLES = {
    "PublicTest": "PublicTest (selects epoch and calibration)",
    "PrivateTest": "PrivateTest (test)",
    "random": "random split of images",
    "subjects": "subject-independent folds",
}
SHOWN_FIRST = ("PrivateTest", "subjects", "random", "PublicTest")
FIGURES = "figures"


def run_page(run: Run) -> dict[str, bytes]:
    """Returns a run's page and its figures by path below docs/results."""
    shown = [name for name in SHOWN_FIRST if name in run.splits]
    if run.data != "ckplus":
        shown = shown[:1]
    parts = [
        f"# {run.name}\n\n{run.settings.get('about', '')}",
        f"```sh\n{run.command}\n```\n\n{_summary(run)}",
        _splits(run),
    ]
    files: dict[str, bytes] = {}
    if run.logs:
        files[f"{FIGURES}/{run.name}-curves.svg"] = figures.curves(run)
        parts.append(_curves(run))
    for name in shown:
        files |= _figures_of(run.name, name, run.splits[name].single)
        parts.append(_detail(run.name, name, run.splits[name].single))
    parts.append("[All results](README.md)")
    return {f"{run.name}.md": ("\n\n".join(parts) + "\n").encode()} | files


def _summary(run: Run) -> str:
    minutes = run.seconds / 60
    lines = [f"Seed {run.seed}; {minutes:.0f} minutes of training on {run.hardware}", *run.about]
    return "\n".join(f"- {line}" for line in lines)


def _splits(run: Run) -> str:
    head = (
        "measured on",
        "images",
        "accuracy, % (95 % interval)",
        "with test-time augmentation (flip)",
        "without duplicates",
        "balanced accuracy",
        "cross-entropy",
        "calibration error",
    )
    rows = []
    for name, split in run.splits.items():
        clean = split.no_duplicates
        rows.append(
            (
                SPLIT_TITLES.get(name, name),
                f"{split.single.n:,}",
                with_interval(split.single) + _spread(split),
                with_interval(split.flip) if split.flip else "",
                f"{with_interval(clean)} of {clean.n:,}" if clean else "",
                percent(split.single.balanced_accuracy),
                f"{split.single.nll:.3f}",
                f"{split.single.ece:.3f}",
            )
        )
    return markdown_table(head, rows)


def _spread(split: Split) -> str:
    if len(split.folds) < 2:
        return ""
    return f"; {len(split.folds)} folds: {mean_and_deviation(split.folds)}"


def _curves(run: Run) -> str:
    notes = []
    if "" in run.logs and "val_loss" not in run.logs[""][0]:
        notes.append("Of this run only the validation curve is left, in its card.")
    if run.settings.get("loss") == "l2_svm":
        notes.append(
            "The training loss is the SVM's, the validation loss is the cross-entropy of the scores' softmax, so their "
            "scales differ."
        )
    if run.settings.get("kernel_l2"):
        notes.append("The training loss includes the L2 penalty on the kernels.")
    if run.data == "ckplus":
        epoch = "The epoch with the best validation counts" if run.chose_epoch else "The last epoch counts"
        notes.append(f"Strong lines: the random split. Faint lines: the subject-independent folds. {epoch}.")
    figure = f"![Accuracy and loss by epoch]({FIGURES}/{run.name}-curves.svg)"
    return "\n\n".join(["## By epoch", figure, *([" ".join(notes)] if notes else [])])


def _figures_of(run_name: str, split: str, found: StoredMetrics) -> dict[str, bytes]:
    files = {f"{FIGURES}/{run_name}-{split}-confusion.svg": figures.confusion(found)}
    if found.reliability:
        files[f"{FIGURES}/{run_name}-{split}-reliability.svg"] = figures.reliability(found)
    return files


def _detail(run_name: str, split: str, found: StoredMetrics) -> str:
    title = SPLIT_TITLES.get(split, split)
    per_class = markdown_table(
        ("", "precision, %", "recall, %", "F1, %", "images"),
        [
            (
                row["label"],
                *(percent(row[name], 1) for name in ("precision", "recall", "f1")),
                str(row["support"]),
            )
            for row in found.per_class
        ],
    )
    parts = [
        f"## On {title}",
        per_class,
        f"![Confusion matrix, counts and percent]({FIGURES}/{run_name}-{split}-confusion.svg)",
    ]
    if found.reliability:
        parts.append(f"![Reliability diagram]({FIGURES}/{run_name}-{split}-reliability.svg)")
    return "\n\n".join(parts)
