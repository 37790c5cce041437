"""The front page of docs/results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training.recipes import RECIPES
from training.report.peers import HELD_OUT, OUT_OF_SAMPLE, comparison
from training.report.reproduced_claims import CLAIMS
from training.report.results import Results, Run, StoredMetrics
from training.report.tables import (
    NOT_RUN,
    TABLES,
    link,
    links,
    markdown_table,
    mean_and_deviation,
    over_seeds,
    percent,
    report_table,
    train_command,
    with_interval,
)

INTRO = """# Results

All our results, rendered by one command from the files in this folder (`runs/`, `data/`) and the cards in `models/`:

```sh
python -m training report                      # the same results give the same bytes
python -m training report --runs runs/RECIPE   # adds a finished run's results first
```

Accuracies are in percent and of a single pass unless stated otherwise, with 95 % bootstrap intervals (10,000 seeded
resamples; on CK+ whole people are drawn). FER2013's PublicTest selects epoch and calibration; PrivateTest is measured
once per finished model, so it is held out, as are CK+'s test images; other people's figures are marked [where they
stand](#comparison-with-published-results). What is missing has not been run. "The report" is Ranjan, *Facial Expression
Recognition*, 2023. [training.md](../guide/training.md) tells how to train,
[experiments/training.md](../experiments/training.md) what was tried."""
CONDITIONS = """**[By person and by condition](conditions.md)**: whom the app's model reads well, and in what size,
light and angle."""


def front_page(results: Results) -> str:
    """Returns the page as Markdown."""
    about_people = CONDITIONS if results.conditions else ""
    parts = [INTRO, about_people, _models(results), comparison(results), "## The report's tables"]
    for title, rows in TABLES.items():
        parts.append(f"### {title}\n\n{report_table(results, rows)}")
    parts.append(
        "Tables 4.4 and 4.5 of the report give 67.60 % for Model 2 on FER2013, which in Table 4.3 is the validation "
        "accuracy. Our accuracies there are on PrivateTest. CK+ is the report's random split of images, and a part of "
        "its training images chooses the epoch; the section on CK+ below shows what that split hides."
    )
    parts += [_claims(results), _ckplus(results), _seeds(results), _leaks(results), _pages(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _tested(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if "PrivateTest" in run.splits]


def _figures(runs: Iterable[Run], split: str) -> list[StoredMetrics]:
    return [run.splits[split].single for run in runs if split in run.splits]


def _models(results: Results) -> str:
    rows = []
    for run in _tested(results.runs.values()):
        split = run.splits["PrivateTest"]
        labels = "FER+ majority" if run.data == "ferplus" else "original"
        clean = split.no_duplicates
        rows.append(
            (
                link(run),
                labels,
                f"{split.single.n:,}",
                with_interval(split.single),
                with_interval(split.flip) if split.flip else "",
                f"{with_interval(clean)} of {clean.n:,}" if clean else "",
                f"{split.single.ece:.3f}",
            )
        )
    head = (
        "",
        "labels",
        "images",
        "accuracy",
        "with test-time augmentation (flip)",
        "without duplicates of other splits",
        "calibration error",
    )
    parts = ["## FER2013, PrivateTest", markdown_table(head, rows), _elsewhere(results)]
    parts.append(
        "```sh\n"
        "python -m training evaluate models/model2-fer2013-best --data fer2013.tar.gz --split PrivateTest\n"
        "python -m training card models/model2-fer2013-best --data fer2013.tar.gz --votes fer2013new.csv "
        "--ckplus CK+48.zip\n"
        "```\n\nThe first command prints a row of this table, the second measures all metrics of a card again."
    )
    return "\n\n".join(part for part in parts if part)


def _elsewhere(results: Results) -> str:
    """Lists the metrics in cards on data and labels that a model was not trained on."""
    known = {"PublicTest", "PrivateTest", "random", "subjects"}
    rows = [
        (
            link(run),
            name,
            HELD_OUT if name.startswith("PrivateTest") else OUT_OF_SAMPLE,
            f"{split.single.n:,}",
            with_interval(split.single),
            f"{split.single.ece:.3f}",
        )
        for run in results.runs.values()
        for name, split in run.splits.items()
        if name not in known
    ]
    if not rows:
        return ""
    head = ("", "measured on, never trained on", "marked", "images", "accuracy", "calibration error")
    return markdown_table(head, rows)


def _claims(results: Results) -> str:
    found = [(claim.text, claim.check(results)) for claim in CLAIMS]
    rows = [(text, f"**{finding.verdict}**", finding.figures) for text, finding in found]
    table = markdown_table(("claim", "verdict", "our figures"), rows)
    return (
        "## Reproduced claims\n\nWith the report's own recipes, on PrivateTest, unless stated otherwise. A share or a "
        "difference agrees if its 95 % interval contains the report's. Two models are compared image by image; where "
        "a recipe has several seeds, runs are drawn as well as images. Claims on one label use the first seed. On CK+ "
        "the rate is constant, which makes the last epoch partly chance. There, a difference of single runs is decided "
        "only if every one of the last epochs would decide it alike, and one of several seeds only if all medians of "
        "one recipe's last epochs lie above the other's. The commands are in the tables above."
        f"\n\n{table}"
    )


def _ckplus(results: Results) -> str:
    head = (
        "",
        "random split of images",
        "10 subject-independent folds: mean ± deviation",
        "images of all folds (interval by people)",
        "command",
    )
    of_ckplus = [runs for runs in results.by_recipe() if runs[0].data == "ckplus"]
    rows = [_ckplus_row(runs) for runs in of_ckplus if runs[0].chose_epoch]
    last_epochs = [_ckplus_row(runs) for runs in of_ckplus if not runs[0].chose_epoch]
    for name, entry in results.documented.items():
        last_epochs.append(
            (
                f"{name} \\*",
                f"{percent(entry['random']['accuracy'])} of {entry['random']['n']}",
                f"{percent(entry['subjects']['mean'])} ± {percent(entry['subjects']['deviation'])}",
                "",
                f"`{entry['command']}`",
            )
        )
    missing = [name for name, recipe in RECIPES.items() if recipe.validated and not results.of_recipe(name)]
    rows += [(name, NOT_RUN, NOT_RUN, "", f"`{train_command(name)}`") for name in missing]
    note = (
        "Neighbouring frames of one person fall on both sides of the random split. So it is the easier task and says "
        "little about strangers. The test images choose nothing: of the training images 15 %, or the next fold's "
        "people, train nothing and choose the epoch."
    )
    parts = ["## CK+ under two protocols", markdown_table(head, rows), note]
    if last_epochs:
        parts += [
            "At the last epoch, where nothing chooses. With the report's batch of 7 and constant rate it is partly "
            "chance, hence the deviations:",
            markdown_table(head, last_epochs),
        ]
    if results.documented:
        parts.append(
            "\\* Written down when it was run; its run folder is gone, so there are no curves or matrices."
        )
    return "\n\n".join(parts)


def _ckplus_row(runs: Sequence[Run]) -> tuple[str, ...]:
    """Returns the row of one recipe's runs on CK+; the subject-independent folds are those of its first seed."""
    run = runs[0]
    by_images, by_people = run.splits.get("random"), run.splits.get("subjects")
    return (
        links(runs),
        f"{over_seeds(_figures(runs, 'random'))} of {by_images.single.n}" if by_images else NOT_RUN,
        mean_and_deviation(by_people.folds) if by_people else NOT_RUN,
        with_interval(by_people.single) if by_people else "",
        f"`{run.command}`",
    )


def _seeds(results: Results) -> str:
    rows = []
    for runs in map(_tested, results.by_recipe()):
        if len(runs) < 2:
            continue
        shares = [run.splits["PrivateTest"].single.accuracy for run in runs]
        seeds = ", ".join(f"{run.seed}: {percent(share)}" for run, share in zip(runs, shares, strict=True))
        rows.append((runs[0].recipe, seeds, mean_and_deviation(shares)))
    if not rows:
        return (
            "## Several seeds\n\nNo recipe has been run with more than one seed yet: `python -m training fit RECIPE "
            "--data ... --seed 2` trains one again. An interval above tells how uncertain the accuracy of *one* "
            "trained model is, not how much a second training would differ."
        )
    table = markdown_table(("recipe", "PrivateTest by seed, %", "mean ± deviation"), rows)
    return (
        "## Several seeds\n\n`python -m training fit RECIPE --data ... --seed 2` trains a recipe again. The deviation "
        "tells how much one training differs from another, the intervals above how uncertain the accuracy of one is "
        f"with so many images.\n\n{table}"
    )


def _leaks(results: Results) -> str:
    if not results.data:
        return ""
    duplicates = results.data["duplicates"]
    rows = [(name, f"{sum(counts.values()):,}") for name, counts in results.data["counts"].items()]
    across = [(entry["of"], entry["also_in"], f"{entry['images']:,}") for entry in duplicates["across"]]
    return (
        "## Duplicates in FER2013\n\n"
        f"{duplicates['images']:,} images stand in {duplicates['groups']:,} groups of identical pixels; "
        f"{duplicates['conflicting']:,} groups carry different labels. The list, by row of `fer2013.csv`: "
        "[data/fer2013-duplicates.csv](data/fer2013-duplicates.csv) (`python -m training prepare --data fer2013.tar.gz "
        "--facts docs/results/data`). Nothing is removed from Training; the tables above give accuracy with and "
        "without them.\n\n"
        + markdown_table(("split", "images"), rows)
        + "\n\n"
        + markdown_table(("images of", "that are also in", "number"), across)
    )


def _pages(results: Results) -> str:
    rows = [
        (link(run), str(run.settings.get("about", "")), f"{run.seconds / 60:.0f} min on {run.hardware}")
        for run in results.runs.values()
    ]
    return (
        "## Every run\n\nEach page has curves, confusion matrices in counts and percent, precision, recall and F1 by "
        f"label, and a reliability diagram.\n\n{markdown_table(('run', 'description', 'training'), rows)}"
    )
