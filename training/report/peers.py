"""What others publish on FER2013's PrivateTest beside our models, and how each figure came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.report.results import Results, Run, StoredMetrics
from training.report.tables import markdown_table, mean_and_deviation, percent

TITLE = "### Comparison with published results"
HELD_OUT, IN_SAMPLE, OUT_OF_SAMPLE = "held out", "in-sample", "out-of-sample"
MEANINGS = (
    "**Held out**: the pictures took no part in training or in any choice. **In-sample**: they chose the epoch or the "
    "rate, so a figure on them is too good. **Out-of-sample**: another data set than the one trained on."
)


@dataclass(frozen=True)
class Peer:
    """One published figure.

    Attributes:
        name: Network and authors.
        single: Accuracy of a single pass, percent, and how it is marked; empty if not published.
        crops: The same with ten crops, or another average of many, percent.
        chosen_on: What chose the epoch.
        extra_data: Other data that the network has seen.
    """

    name: str
    single: str
    crops: str
    chosen_on: str
    extra_data: str


PEERS = (
    Peer("People (Goodfellow et al. 2013)", f"65 ± 5, {HELD_OUT}", "", "", ""),
    Peer("Winner of the 2013 challenge (Tang)", f"71.16, {HELD_OUT}", "", "not said", "none"),
    Peer("VGG19 (WuJie1010)", "", f"73.11, {IN_SAMPLE}", "PrivateTest", "none"),
    Peer(
        "VGG (Khaireddin & Chen 2021)",
        "",
        f"73.28, {IN_SAMPLE}",
        "a test split, which steers the rate too",
        "none",
    ),
    Peer("ResNet18 (LetheSec)", "", f"73.70, {IN_SAMPLE}", "PrivateTest, which steers the rate too", "none"),
    Peer(
        "Residual Masking Network; users reproduce 71.1 single, 73.1 averaged",
        "",
        f"74.14, {HELD_OUT}",
        "PublicTest",
        "ImageNet; 224 pixels",
    ),
    Peer("ResNet-34 (MEK)", f"72.05, {HELD_OUT}", "", "a validation part", "ImageNet"),
    Peer("ResNet-18 (MEK)", f"70.81, {HELD_OUT}", "", "a validation part", "ImageNet"),
    Peer("The report, Model 2", "68.66, held out as far as it says", "", "not said", "none"),
)
"""Accuracies on FER2013's PrivateTest, original labels, one network, as their authors publish them; the rest is read in
their code."""


def comparison(results: Results) -> str:
    """Returns the section as Markdown."""
    head = ("", "single pass, %", "flip, %", "ten crops, %", "epoch chosen on", "extra data")
    rows: list[tuple[str, ...]] = [
        (peer.name, peer.single, "", peer.crops, peer.chosen_on, peer.extra_data) for peer in PEERS
    ]
    for runs in results.by_recipe():
        tested = [run for run in runs if "PrivateTest" in run.splits]
        if tested and tested[0].data == "fer2013" and not tested[0].is_forest:
            rows.append(_row(results, tested))
    return (
        f"{TITLE}\n\nFER2013 PrivateTest, original labels, one network. {MEANINGS} Ten crops are five of 44 x 44 "
        "pixels with their mirror images, averaged; others cut theirs a little differently. Apps and libraries in use "
        f"today reach 57 to 66 %.\n\n{markdown_table(head, rows)}\n\n"
        "```sh\npython -m training evaluate models/model2-fer2013-best --data fer2013.tar.gz --split PrivateTest "
        "--ten-crop --json\n```\n\nIts output for both splits is kept in `data/ten-crop`; nothing was chosen by it."
    )


def _row(results: Results, runs: Sequence[Run]) -> tuple[str, ...]:
    splits = [run.splits["PrivateTest"] for run in runs]
    flips = [split.flip for split in splits if split.flip]
    crops = results.ten_crop.get((runs[0].name, "PrivateTest"))
    return (
        f"**{runs[0].recipe}**, this repository",
        _marked([split.single for split in splits]),
        _marked(flips),
        _marked([crops] if crops else []),
        "PublicTest",
        "none",
    )


def _marked(found: Sequence[StoredMetrics]) -> str:
    """Returns an accuracy, or the mean of several seeds, percent; ours are always held out."""
    if not found:
        return ""
    if len(found) == 1:
        return f"**{percent(found[0].accuracy)}**, {HELD_OUT}"
    return f"**{mean_and_deviation([one.accuracy for one in found])}** ({len(found)} seeds), {HELD_OUT}"
