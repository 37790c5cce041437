"""Tuning studies: the same whether interrupted or not, and their reports."""

from dataclasses import replace

import cv2
import numpy as np
import optuna
import pytest

from tests.training.samples import make_faces, make_rows, write_csv
from tests.training.test_fit import TINY, tiny_model
from training import recipes
from training.cli import main
from training.config import Augmentation
from training.errors import TrainingError
from training.nn import models
from training.report.tuning import write_report
from training.trainer import tune
from training.trainer.checkpoint import State
from training.trainer.tune import Budget, as_rows, budgeted, open_study, strengthened, trial_recipe

BUDGET = Budget(epochs=3, num_images=20, image_size=48, validation="PublicTest")
DATA = make_faces(70), make_faces(14, split="PublicTest", seed=9)


class Runs:
    """Replaces the training: the accuracy depends on dropout alone and rises with the epochs."""

    def __init__(self, *, interrupt_at=None):
        self.recipes = []
        self._interrupt_at = interrupt_at

    def __call__(self, recipe, data, *, say):
        self.recipes.append(recipe)
        for epoch in range(1, recipe.epochs + 1):
            if epoch == 2 and len(self.recipes) == self._interrupt_at:
                raise KeyboardInterrupt
            yield (
                State(epoch, [], [], [], 0.0, 2.0 * epoch),
                {"val_accuracy": (1 - recipe.dropout) * epoch / 4},
            )


@pytest.fixture(autouse=True)
def _nothing_to_clear(monkeypatch):
    monkeypatch.setattr(
        tune.keras.backend, "clear_session", lambda: None
    )  # slow, and fake runs leave nothing behind


@pytest.fixture
def runs(monkeypatch):
    found = Runs()
    monkeypatch.setattr(tune, "train_epochs", found)
    return found


def run(path, num_trials, *, budget=BUDGET):
    study = open_study(path, TINY, budget)
    tune.tune(study, TINY, DATA, num_trials=num_trials, say=lambda _: None)
    return study


def finished(study):
    return [(trial.params, trial.value) for trial in study.get_trials(states=tune.FINISHED)]


@pytest.mark.parametrize("at", [3, 11])  # among the random trials, and among those that the sampler models
def test_an_interrupted_study_continues_like_an_uninterrupted_one(tmp_path, monkeypatch, at):
    monkeypatch.setattr(tune, "train_epochs", Runs())
    whole = run(tmp_path / "whole.db", 12)
    monkeypatch.setattr(tune, "train_epochs", Runs(interrupt_at=at))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "broken.db", 12)
    monkeypatch.setattr(tune, "train_epochs", Runs())
    broken = run(tmp_path / "broken.db", 12)
    assert len(finished(broken)) == 12
    assert finished(broken) == finished(whole)


def test_a_finished_study_trains_nothing_more(tmp_path, runs):
    run(tmp_path / "study.db", 3)
    run(tmp_path / "study.db", 3)
    assert len(runs.recipes) == 3
    run(tmp_path / "study.db", 4)
    assert len(runs.recipes) == 4


def test_trials_clearly_behind_are_pruned(tmp_path, runs):
    rows = as_rows(run(tmp_path / "study.db", 16))
    whole, cut = ([row for row in rows if row["finished"] is kind] for kind in (True, False))
    assert len(whole) >= tune.NUM_RANDOM_TRIALS
    assert cut
    assert {row["epochs"] for row in whole} == {3}
    assert {row["epochs"] for row in cut} == {2}  # the first epoch never prunes
    assert rows == whole + cut
    accuracies = [row["accuracy"] for row in whole]
    assert accuracies == sorted(accuracies, reverse=True)
    assert min(row["dropout"] for row in cut) > min(row["dropout"] for row in whole)
    assert whole[0]["seconds"] == 6.0


def test_a_trial_changes_only_its_hyper_parameters_and_fits_the_budget():
    drawn = {
        "learning_rate": 3e-4,
        "batch_size": 64,
        "dropout": 0.4,
        "kernel_l2": 1e-5,
        "width": 0.75,
        "augmentation": 0.5,
    }
    recipe = trial_recipe(TINY, BUDGET, optuna.trial.FixedTrial(drawn))
    for name in ("learning_rate", "batch_size", "dropout", "kernel_l2", "width"):
        assert getattr(recipe, name) == drawn[name]
    assert recipe.augmentation == Augmentation(
        shift=0.01, flip=True, brightness=5, contrast=0.05, erasing=0.1
    )
    assert (recipe.epochs, recipe.image_sizes, recipe.ema) == (3, ((0, 48),), 0.0)
    assert recipe.warmup_epochs + recipe.decay_epochs == pytest.approx(0.45 * 3)
    assert recipe.weight_decay == TINY.weight_decay


def test_no_augmentation_mirrors_nothing_and_erasing_stays_a_probability():
    base = Augmentation(shift=0.1, flip=True, erasing=0.8)
    assert strengthened(base, 0.0) == Augmentation()
    assert strengthened(base, 2.0) == Augmentation(shift=0.2, flip=True, erasing=1.0)


def test_a_holdout_is_never_trained_on():
    budget = replace(BUDGET, validation="holdout", num_images=0)
    train, validation = budgeted(DATA, budget, seed=1)
    assert (len(train), len(validation)) == (56, 14)
    assert sorted([*train.rows, *validation.rows]) == list(range(70))
    drawn, public = budgeted(DATA, BUDGET, seed=1)
    assert len(drawn) == 20
    assert public is DATA[1]
    assert not np.array_equal(drawn.rows, budgeted(DATA, BUDGET, seed=2)[0].rows)


def test_another_budget_is_another_study(tmp_path, runs):
    run(tmp_path / "study.db", 1)
    with pytest.raises(
        TrainingError, match="holds a study of tiny with other settings: .*choose another --study"
    ):
        run(tmp_path / "study.db", 2, budget=replace(BUDGET, epochs=5))


def test_a_file_that_is_no_study_is_named(tmp_path):
    (tmp_path / "study.db").write_text("notes " * 100)
    with pytest.raises(
        TrainingError, match=r"study\.db cannot be opened as a study \(file is not a database\)"
    ):
        open_study(tmp_path / "study.db", TINY, BUDGET)


def test_the_report_shows_importances_and_every_trial(tmp_path, runs):
    study = run(tmp_path / "study.db", 12)
    written = write_report(study, tmp_path / "out", "python -m training tune tiny")
    assert [path.name for path in written] == ["README.md", "importance.png", "parallel.png", "slices.png"]
    for path in written[1:]:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture.shape[1] > 400
        assert picture.std() > 5
    text = written[0].read_text()
    assert "python -m training tune tiny\n" in text
    assert "that each choice explains: dropout " in text  # alone matters here, so it comes first
    table = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert table[0][2:5] == ["learning rate", "batch", "dropout"]
    assert len(table) == 13
    assert table[1][0] == f"| {study.best_value:.2%}".replace("%", " %")


def test_few_trials_give_a_table_without_figures(tmp_path, runs):
    study = run(tmp_path / "study.db", 2)
    assert [path.name for path in write_report(study, tmp_path / "out", "…")] == ["README.md"]


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    monkeypatch.setitem(recipes.RECIPES, "tiny", TINY)
    return write_csv(tmp_path / "fer2013.csv", make_rows(per_split=70))


def test_the_command_trains_and_writes_its_report(tmp_path, data, capsys):
    command = ["tune", "tiny", "--data", str(data), "--allow-partial", "--trials", "2", "--epochs", "2"]
    places = ["--study", str(tmp_path / "new" / "study.db"), "--out", str(tmp_path / "out")]
    assert main([*command, *places]) == 0
    printed = capsys.readouterr().out
    assert "trial 1/2: " in printed
    assert "trial 2/2: " in printed
    assert f"Wrote {tmp_path / 'out' / 'README.md'}" in printed
    assert "--trials 2 --epochs 2" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["tiny", "--trials", "0"], "--trials must be at least 1. Received: 0."),
        (["tiny", "--epochs", "0"], "`epochs` must be >= 1"),
        (["model2-fer2013", "--image-size", "12"], "`image_size` must be 34..49 for Model 2"),
        (["model2-ckplus"], "whose images are all test images of some fold"),
    ],
)
def test_impossible_arguments_are_refused_in_one_sentence(data, capsys, arguments, reason):
    assert main(["tune", *arguments, "--data", str(data), "--allow-partial"]) == 1
    assert reason in capsys.readouterr().err
