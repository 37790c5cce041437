"""The claims of the report, each checked against our results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.evaluation.metrics import accuracy_interval, difference_interval
from training.report.results import Results, Run, StoredMetrics
from training.report.tables import percent

HOLDS, FAILS, OPEN = "holds", "does not hold", "open"
LAST_EPOCHS = 20
"""Number of last epochs to compare on CK+, as with a constant rate the very last one is partly chance."""
REPORT_AUGMENTATION_GAIN = 0.0410  # 68.66 % - 64.56 %, Table 4.3


@dataclass(frozen=True)
class Finding:
    """A verdict on a claim.

    Attributes:
        verdict: `HOLDS`, `FAILS`, `OPEN`, or another verdict in words.
        figures: Our results on which it rests.
    """

    verdict: str
    figures: str


@dataclass(frozen=True)
class Claim:
    """One claim of the report.

    Attributes:
        text: The claim in our words.
        check: Function from our results to a finding.
    """

    text: str
    check: Callable[[Results], Finding]


def _not_run(*recipes: str) -> Finding:
    return Finding(OPEN, "not run yet: " + ", ".join(recipes))


def _figures(results: Results, recipe: str, split: str) -> StoredMetrics | None:
    """Returns the metrics of a recipe's first seed."""
    runs = [run for run in results.of_recipe(recipe) if split in run.splits]
    return runs[0].splits[split].single if runs else None


def _on(recipe: str, split: str, check: Callable[[StoredMetrics], Finding]) -> Callable[[Results], Finding]:
    def look(results: Results) -> Finding:
        found = _figures(results, recipe, split)
        return check(found) if found else _not_run(recipe)

    return look


def fear_called_sad(found: StoredMetrics) -> Finding:
    """Checks whether 19 % lies in the interval of the share of fear that is predicted as sad."""
    row = found.confusion[found.labels.index("fear")]
    hits = int(row[found.labels.index("sad")])
    low, high = accuracy_interval(np.arange(row.sum()) < hits)
    verdict = HOLDS if low <= 0.19 <= high else FAILS
    return Finding(
        verdict,
        f"{percent(hits / row.sum(), 1)} % of {row.sum()} ({percent(low, 1)} to {percent(high, 1)})",
    )


def _extreme(label: str, choose: Callable) -> Callable[[StoredMetrics], Finding]:
    def look(found: StoredMetrics) -> Finding:
        recalls = {row["label"]: row["recall"] for row in found.per_class if row["support"]}
        first = choose(recalls, key=lambda name: recalls[name])
        text = f"{label} {percent(recalls[label], 1)} % found"
        if recalls[label] != recalls[first]:
            text += f", {first} {percent(recalls[first], 1)} %"
        return Finding(HOLDS if recalls[label] == recalls[first] else FAILS, text)

    return look


def all_found(found: StoredMetrics) -> Finding:
    """Checks whether happy, sad, fear and surprise all have a recall of 1."""
    recalls = {row["label"]: row["recall"] for row in found.per_class}
    names = ("happy", "sad", "fear", "surprise")
    verdict = HOLDS if all(recalls[name] == 1 for name in names) else FAILS
    return Finding(verdict, ", ".join(f"{name} {percent(recalls[name], 1)} %" for name in names))


def _better(first: str, second: str, split: str) -> Callable[[Results], Finding]:
    """Returns a check that the first recipe is more accurate than the second, image by image."""

    def look(results: Results) -> Finding:
        found = _difference(results, (first, second), split)
        if isinstance(found, Finding):
            return found
        undecided = f"not decided by these {'images' if found.trainings == (1, 1) else 'runs'}"
        verdict = HOLDS if found.low > 0 else FAILS if found.high < 0 else undecided
        return Finding(verdict, str(found))

    return look


def _better_throughout(first: str, second: str) -> Callable[[Results], Finding]:
    """Returns a check on CK+'s random split that does not depend on the last epoch alone.

    Single runs decide if all their last epochs agree. Several seeds, each with a split of its own, decide if all
    medians of one recipe's last epochs lie above all of the other's.
    """
    by_last = _better(first, second, "random")

    def look(results: Results) -> Finding:
        ends = [
            [end for run in _kept(results, recipe, "random") if len(end := _last_accuracies(run))]
            for recipe in (first, second)
        ]
        if not all(ends):
            return by_last(results)
        if min(map(len, ends)) > 1:
            return _by_medians(ends)
        one, other = ends[0][0], ends[1][0]
        apart = one.min() > other.max() or other.min() > one.max()
        ranges = (
            f"{100 * e.min():.1f} to {100 * e.max():.1f} %, median {100 * np.median(e):.1f}"
            for e in (one, other)
        )
        found = by_last(results)
        return Finding(
            found.verdict if apart else "not decided by one run",
            f"{found.figures} at the last epoch; the last {LAST_EPOCHS}: {' against '.join(ranges)}",
        )

    return look


def _by_medians(ends: list[list[np.ndarray]]) -> Finding:
    """Compares two recipes by the median of each run's last accuracies."""
    one, other = (sorted(float(np.median(end)) for end in recipe) for recipe in ends)
    verdict = HOLDS if one[0] > other[-1] else FAILS if one[-1] < other[0] else "not decided by these runs"
    figures = (", ".join(percent(median, 1) for median in medians) for medians in (one, other))
    return Finding(verdict, f"medians of the last {LAST_EPOCHS} epochs, %: {' against '.join(figures)}")


def _last_accuracies(run: Run) -> np.ndarray:
    """Returns the random split's accuracies at the last epochs; empty if the log is gone."""
    return np.array([row["val_accuracy"] for row in run.logs.get("random", [])[-LAST_EPOCHS:]])


def augmentation_gain(results: Results) -> Finding:
    """Checks whether the interval of augmentation's gain contains the report's 4.1 points."""
    found = _difference(results, ("report-model2-fer2013", "report-model2-fer2013-plain"), "PrivateTest")
    if isinstance(found, Finding):
        return found
    if found.low <= REPORT_AUGMENTATION_GAIN <= found.high:
        verdict = HOLDS
    elif found.low > 0:
        verdict = "it gains more" if found.low > REPORT_AUGMENTATION_GAIN else "it gains less"
    else:
        verdict = FAILS
    return Finding(verdict, str(found))


def largest_class(results: Results) -> Finding:
    """Checks which label has the most images in FER2013."""
    if not results.data:
        return Finding(OPEN, "not run yet: `python -m training prepare` with `--facts`")
    totals: dict[str, int] = {}
    for counts in results.data["counts"].values():
        for label, count in counts.items():
            totals[label] = totals.get(label, 0) + count
    largest = max(totals, key=lambda label: totals[label])
    text = f"happy {totals['happy']:,}, neutral {totals['neutral']:,} of {sum(totals.values()):,}"
    return Finding(HOLDS if largest == "neutral" else FAILS, text)


def forest_drops(results: Results) -> Finding:
    """Checks whether a random forest in place of Model 2's last layer is worse."""
    forests = [run for run in results.runs.values() if run.is_forest and "PrivateTest" in run.splits]
    if not forests:
        return Finding(OPEN, "not run yet")
    forest = forests[0].splits["PrivateTest"].single
    network = _figures(results, forests[0].recipe.replace("-forest", ""), "PrivateTest")
    if network is None:
        return Finding(
            OPEN, f"forest {percent(forest.accuracy)} %; the network with its own last layer is not run yet"
        )
    verdict = HOLDS if forest.accuracy < network.accuracy else FAILS
    return Finding(verdict, f"forest {percent(forest.accuracy)} %, network {percent(network.accuracy)} %")


def _kept(results: Results, recipe: str, split: str) -> list[Run]:
    """Returns the recipe's runs, one per seed, with answers image by image."""
    runs = [run for run in results.of_recipe(recipe) if split in run.splits]
    return [run for run in runs if run.splits[split].right is not None]


@dataclass(frozen=True)
class Difference:
    """Difference of two accuracies on the same images, -1..1.

    Attributes:
        mean: Difference of the mean accuracies.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        trainings: Number of runs of each recipe.
    """

    mean: float
    low: float
    high: float
    trainings: tuple[int, int]

    def __str__(self) -> str:
        """Returns the difference in percentage points."""
        points = f"{100 * self.mean:+.2f} points ({100 * self.low:+.2f} to {100 * self.high:+.2f})"
        if self.trainings == (1, 1):
            return points
        return f"{points}, mean of {self.trainings[0]} trainings against {self.trainings[1]}"


def _difference(results: Results, recipes: tuple[str, str], split: str) -> Difference | Finding:
    """Returns the difference of two recipes' accuracies, or a finding that one has not been run."""
    runs = [_kept(results, recipe, split) for recipe in recipes]
    missing = [recipe for recipe, found in zip(recipes, runs, strict=True) if not found]
    if missing:
        return _not_run(*missing)
    if split == "random":  # every seed draws its own test images, so only the first seeds share theirs
        runs = [found[:1] for found in runs]
    first, second = (np.array([run.splits[split].right for run in found]) for found in runs)
    low, high = difference_interval(first, second)
    return Difference(float(first.mean() - second.mean()), low, high, (len(first), len(second)))


REPORT, OURS = "report-model2-fer2013", "model2-fer2013-best"
CLAIMS = (
    Claim("19 % of fear is predicted as sad (FER2013)", _on(REPORT, "PrivateTest", fear_called_sad)),
    Claim("the same in our `model2-fer2013-best`", _on(OURS, "PrivateTest", fear_called_sad)),
    Claim("Disgust is found worst (FER2013)", _on(REPORT, "PrivateTest", _extreme("disgust", min))),
    Claim("the same in our `model2-fer2013-best`", _on(OURS, "PrivateTest", _extreme("disgust", min))),
    Claim("Happy is found best (FER2013)", _on(REPORT, "PrivateTest", _extreme("happy", max))),
    Claim("the same in our `model2-fer2013-best`", _on(OURS, "PrivateTest", _extreme("happy", max))),
    Claim(
        "Happy, sad, fear and surprise are always recognised (CK+)",
        _on("report-model2-ckplus-validated", "random", all_found),
    ),
    Claim("Cross-entropy is better than L2-SVM (FER2013)", _better(REPORT, f"{REPORT}-svm", "PrivateTest")),
    Claim(
        "Cross-entropy is better than L2-SVM (CK+)",
        _better_throughout("report-model2-ckplus", "report-model2-ckplus-svm"),
    ),
    Claim("Augmentation gains 4 points (FER2013)", augmentation_gain),
    Claim(
        "Model 2 is better than Model 1 (FER2013)", _better(REPORT, "report-model1-fer2013", "PrivateTest")
    ),
    Claim(
        "Model 2 is better than Model 1 (CK+)",
        _better_throughout("report-model2-ckplus", "report-model1-ckplus"),
    ),
    Claim("A random forest in place of the head is much worse", forest_drops),
    Claim("Neutral is FER2013's largest class", largest_class),
)
