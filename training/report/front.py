"""The front page of docs/results."""

from __future__ import annotations

from collections.abc import Iterable

from training.recipes import RECIPES
from training.report.reproduced_claims import CLAIMS
from training.report.results import Results, Run, StoredMetrics
from training.report.tables import (
    PUBLISHED,
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

Every figure of ours, rendered by one command from the small facts in this folder (`runs/`, `data/`) and the cards
in `models/`:

```sh
python -m training report                      # the same facts give the same bytes
python -m training report --runs runs/RECIPE   # adds a finished run's facts first
```

Accuracies are of a single pass unless said otherwise, in percent, with 95 % bootstrap intervals (10,000 resamples,
seeded; on CK+ whole people are drawn). FER2013's PublicTest chooses epoch and calibration; PrivateTest is measured once
per finished model. What is not there has not been run. The report is Ranjan, *Facial Expression Recognition*, 2023.
How to train: [training.md](../training.md); what did not
help: [experiments.md](../experiments.md)."""


def front_page(facts: Results) -> str:
    """Returns the page as Markdown."""
    parts = [INTRO, _models(facts), _peers(facts), "## The report's tables"]
    for title, rows in TABLES.items():
        parts.append(f"### {title}\n\n{report_table(facts, rows)}")
    parts.append(
        "Tables 4.4 and 4.5 of the report call 67.60 % Model 2's figure on FER2013, which in Table 4.3 is the "
        "validation figure. Ours there is PrivateTest's. CK+ is the report's random split of images; see below what "
        "that split hides."
    )
    parts += [_claims(facts), _ckplus(facts), _seeds(facts), _leaks(facts), _pages(facts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _tested(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if "PrivateTest" in run.splits]


def _figures(runs: Iterable[Run], split: str) -> list[StoredMetrics]:
    return [run.splits[split].single for run in runs if split in run.splits]


def _models(facts: Results) -> str:
    rows = []
    for run in _tested(facts.runs.values()):
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
        "mirrored image averaged in",
        "without duplicates of other splits",
        "calibration error",
    )
    parts = ["## FER2013, PrivateTest", markdown_table(head, rows), _elsewhere(facts)]
    parts.append(
        "```sh\n"
        "python -m training evaluate models/model2-fer2013-best --data fer2013.tar.gz --split PrivateTest\n"
        "python -m training card models/model2-fer2013-best --data fer2013.tar.gz --votes fer2013new.csv "
        "--ckplus CK+48.zip\n"
        "```\n\nThe first line prints a row of this table, the second measures again all that a card holds."
    )
    return "\n\n".join(part for part in parts if part)


def _elsewhere(facts: Results) -> str:
    """Lists what cards say of data and labels that a model was not trained for."""
    known = {"PublicTest", "PrivateTest", "random", "subjects"}
    rows = [
        (link(run), name, f"{split.single.n:,}", with_interval(split.single), f"{split.single.ece:.3f}")
        for run in facts.runs.values()
        for name, split in run.splits.items()
        if name not in known
    ]
    if not rows:
        return ""
    head = ("", "measured on, never trained for", "images", "accuracy", "calibration error")
    return markdown_table(head, rows)


def _peers(facts: Results) -> str:
    ours = []
    for runs in facts.by_recipe():
        found = _figures(runs, "PrivateTest")
        if found and runs[0].data == "fer2013" and not runs[0].is_forest:
            accuracy = percent(found[0].accuracy) if len(found) == 1 else over_seeds(found)
            ours.append((f"**{runs[0].recipe}**, this repository", f"**{accuracy}**"))
    rows = [*PUBLISHED, ("The report, Model 2", "68.66"), *ours]
    return (
        "### Beside what others publish\n\nFER2013 PrivateTest, original labels, no extra data, one net, single "
        "pass, as its authors give it; apps and libraries that people use today reach 57 to 66 %.\n\n"
        f"{markdown_table(('', 'accuracy, %'), rows)}"
    )


def _claims(facts: Results) -> str:
    found = [(claim.text, claim.check(facts)) for claim in CLAIMS]
    rows = [(text, f"**{finding.verdict}**", finding.figures) for text, finding in found]
    table = markdown_table(("claim", "verdict", "our figures"), rows)
    return (
        "## The report's claims\n\nWith the report's own recipes, on PrivateTest, unless said otherwise. A share or a "
        "difference agrees if its 95 % interval holds the report's figure; two models are compared image by image, and "
        "where a recipe has several seeds, trainings are drawn as well as images; what is said of one label is the "
        "first seed's. On CK+ the rate is constant and the last epoch partly chance, so a difference is decided only "
        "where none of the last epochs would have said otherwise, and of several seeds only where all medians of one "
        "recipe's last epochs lie above the other's. The commands stand in the tables above."
        f"\n\n{table}"
    )


def _ckplus(facts: Results) -> str:
    rows = []
    for runs in facts.by_recipe():
        run = runs[0]
        if run.data != "ckplus":
            continue
        by_images, by_people = run.splits.get("random"), run.splits.get("subjects")
        rows.append(
            (
                links(runs),
                f"{over_seeds(_figures(runs, 'random'))} of {by_images.single.n}"
                if by_images
                else "not run yet",
                mean_and_deviation(by_people.folds) if by_people else "not run yet",
                with_interval(by_people.single) if by_people else "",
                f"`{run.command}`",
            )
        )
    for name, entry in facts.documented.items():
        rows.append(
            (
                f"{name} \\*",
                f"{percent(entry['random']['accuracy'])} of {entry['random']['n']}",
                f"{percent(entry['subjects']['mean'])} ± {percent(entry['subjects']['deviation'])}",
                "",
                f"`{entry['command']}`",
            )
        )
    missing = [
        name
        for name, recipe in RECIPES.items()
        if recipe.data == "ckplus" and name.startswith("report-") and not facts.of_recipe(name)
    ]
    rows += [(name, "not run yet", "not run yet", "", f"`{train_command(name)}`") for name in missing]
    head = (
        "",
        "random split of images",
        "nobody in both, 10 folds: mean ± deviation",
        "all their images (by people)",
        "command",
    )
    note = (
        "Neighbouring frames of one person fall on both sides of the random split, so it is the easier question and "
        "says little about strangers. The last epoch counts, never the best one: the test images choose nothing."
    )
    if facts.documented:
        note += "\n\n\\* Written down when it was run; its run folder is gone, so there are no curves or matrices."
    return f"## CK+ under two protocols\n\n{markdown_table(head, rows)}\n\n{note}"


def _seeds(facts: Results) -> str:
    rows = []
    for runs in map(_tested, facts.by_recipe()):
        if len(runs) < 2:
            continue
        shares = [run.splits["PrivateTest"].single.accuracy for run in runs]
        seeds = ", ".join(f"{run.seed}: {percent(share)}" for run, share in zip(runs, shares, strict=True))
        rows.append((runs[0].recipe, seeds, mean_and_deviation(shares)))
    if not rows:
        return (
            "## Several seeds\n\nNo recipe has been run with more than one seed yet: `python -m training fit RECIPE "
            "--data ... --seed 2` trains one again. An interval above says how far the figure of *one* trained model "
            "may be off, not how far a second training would land from it."
        )
    table = markdown_table(("recipe", "PrivateTest by seed, %", "mean ± deviation"), rows)
    return (
        "## Several seeds\n\n`python -m training fit RECIPE --data ... --seed 2` trains a recipe again. The deviation "
        "says how far one training lands from another, the intervals above how far the figure of one may be off for "
        f"want of images.\n\n{table}"
    )


def _leaks(facts: Results) -> str:
    if not facts.data:
        return ""
    duplicates = facts.data["duplicates"]
    rows = [(name, f"{sum(counts.values()):,}") for name, counts in facts.data["counts"].items()]
    across = [(entry["of"], entry["also_in"], f"{entry['images']:,}") for entry in duplicates["across"]]
    return (
        "## Duplicates in FER2013\n\n"
        f"{duplicates['images']:,} images stand in {duplicates['groups']:,} groups of identical pixels; "
        f"{duplicates['conflicting']:,} groups carry different labels. All of them, by row of `fer2013.csv`: "
        "[data/fer2013-duplicates.csv](data/fer2013-duplicates.csv) (`python -m training prepare --data fer2013.tar.gz "
        "--facts docs/results/data`). Nothing is removed from Training; the tables above give accuracy with and "
        "without them.\n\n"
        + markdown_table(("split", "images"), rows)
        + "\n\n"
        + markdown_table(("images of", "that also stand in", "number"), across)
    )


def _pages(facts: Results) -> str:
    rows = [
        (link(run), str(run.settings.get("about", "")), f"{run.seconds / 60:.0f} min on {run.hardware}")
        for run in facts.runs.values()
    ]
    return (
        "## Every run\n\nEach page has curves, confusion matrices in counts and percent, precision, recall and F1 by "
        f"label, and a reliability diagram.\n\n{markdown_table(('run', 'what it is', 'training'), rows)}"
    )
