"""Intervals, calibration, and the results that finished runs and artifacts store."""

import json
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.training.samples import SPLITS, make_faces, write_csv
from tests.training.test_crossval import people, result
from tests.training.test_fit import TINY, tiny_model
from training import recipes
from training.artifacts import run_result
from training.artifacts.card import file_entry, load_artifact
from training.artifacts.export import export
from training.artifacts.load_run import load_best, load_calibrated, load_uncalibrated
from training.artifacts.refresh import recalibrate, refresh_card
from training.cli import main
from training.config import Recipe
from training.data import duplicated
from training.errors import TrainingError
from training.evaluation.calibrate import Calibration, choose, error_by_chance, fit_scales
from training.evaluation.metrics import (
    accuracy_interval,
    cross_entropy,
    difference_interval,
    reliability_bins,
    softmax,
)
from training.nn import models
from training.trainer import checkpoint
from training.trainer.run import fit

PROVENANCE = ("name", "created", "labels", "recipe", "versions", "training", "data", "limits", "crop")


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    monkeypatch.setitem(recipes.RECIPES, "tiny", TINY)


def make_splits():
    splits = {split: make_faces(70, split=split, seed=n) for n, split in enumerate(SPLITS)}
    splits["PrivateTest"].images[:3] = splits["Training"].images[:3]
    return splits


def write_splits(path, splits):
    rows = [
        [str(label), " ".join(map(str, image.ravel())), split]
        for split, faces in splits.items()
        for label, image in zip(faces.labels, faces.images, strict=True)
    ]
    return write_csv(path, rows)


def test_interval_is_about_two_standard_errors_to_both_sides():
    low, high = accuracy_interval(np.arange(400) < 200)
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.003)
    assert accuracy_interval(np.ones(50, bool)) == (1.0, 1.0)


def test_interval_of_people_is_wider_than_that_of_their_images():
    right = np.repeat([True, False], 200)  # ten people with 40 images each, all right or all wrong
    low, high = accuracy_interval(right, np.repeat(np.arange(10), 40))
    assert (low, high) == pytest.approx((0.2, 0.8))


def test_difference_is_measured_image_by_image():
    first, second = np.zeros(400, bool), np.zeros(400, bool)
    first[:120], second[100:160] = True, True  # 100 only the first, 40 only the second, 20 both
    spread = 1.96 * np.sqrt((0.25 + 0.1 - 0.15**2) / 400)
    assert difference_interval(first, second) == pytest.approx((0.15 - spread, 0.15 + spread), abs=0.005)
    assert difference_interval(first, first) == (0.0, 0.0)
    with pytest.raises(ValueError, match="must have 400 answers. Received: 3"):
        difference_interval(first, np.ones(3, bool))


def test_a_difference_of_several_trainings_is_drawn_over_them_too():
    first, second = np.zeros(400, bool), np.zeros(400, bool)
    first[:120], second[100:160] = True, True
    same = difference_interval(np.stack([first, first, first]), second[None])
    assert same == pytest.approx(difference_interval(first, second), abs=0.005)
    one_fails = np.stack([np.ones(400, bool), np.zeros(400, bool)])
    none_right = np.zeros(400, bool)
    assert difference_interval(one_fails, none_right) == (
        0.0,
        1.0,
    )  # the same training twice: 1 time in 4 each


def test_reliability_bins_hold_count_confidence_and_share_right():
    probabilities = np.array([[0.9, 0.1], [0.88, 0.12], [0.5, 0.5]])
    high = reliability_bins(probabilities, np.array([0, 1, 0]))[1]
    assert (high.n, high.confidence, high.accuracy) == (2, pytest.approx(0.89), 0.5)


def sampled(calibration, count=6000):
    """Returns probabilities of a model that `calibration` would calibrate, and labels."""
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.full(3, 0.7), count)
    true = calibration.apply(probabilities)
    return probabilities, (true.cumsum(1) > random.random((count, 1))).argmax(1)


def test_scales_per_label_are_found_where_they_are_needed():
    planted = Calibration(1.0, (1.6, 1.0, 0.7), (0.0, 0.8, -0.8))
    probabilities, labels = sampled(planted)
    found = choose(probabilities, labels)
    assert found.scales
    assert found.apply(probabilities) == pytest.approx(planted.apply(probabilities), abs=0.04)
    assert "better by 0.1" in found.chosen_by


def test_one_temperature_stays_where_it_suffices():
    found = choose(*sampled(Calibration(1.5)))
    assert found.scales == ()
    assert found.temperature == pytest.approx(1.5, abs=0.07)


def test_a_model_with_folded_calibration_gives_calibrated_probabilities():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    inputs = np.random.default_rng(0).normal(size=(9, 4)).astype("float32")
    calibration = Calibration(0.8, (1.3, 0.9, 1.1), (0.2, -0.1, 0.0))
    expected = calibration.apply(model.predict_on_batch(inputs))
    calibration.fold_into(model)
    assert model.predict_on_batch(inputs) == pytest.approx(expected, abs=1e-5)


def test_a_perfect_model_has_an_error_by_chance():
    mean, high = error_by_chance(np.tile([0.8, 0.2], (100, 1)))
    assert mean == pytest.approx(np.sqrt(0.8 * 0.2 / 100) * np.sqrt(2 / np.pi), abs=0.004)
    assert high > mean


def test_without_evidence_scales_stay_near_one_and_offsets_near_zero():
    found = fit_scales(np.array([[0.6, 0.4], [0.6, 0.4]]), np.array([0, 1]))
    assert found.scales == pytest.approx((1.0, 1.0), abs=0.05)
    assert found.offsets == pytest.approx((0.0, 0.0), abs=0.05)


def test_images_of_another_split_are_marked():
    splits = make_splits()
    splits["PublicTest"].images[5] = splits["PublicTest"].images[
        4
    ]  # within a split: no duplicate across splits
    assert np.flatnonzero(duplicated(splits, "PrivateTest")).tolist() == [0, 1, 2]
    assert not duplicated(splits, "PublicTest").any()


def test_a_recipe_comes_back_from_its_run_folder():
    assert Recipe.from_dict(json.loads(json.dumps(TINY.as_dict()))) == TINY


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "tiny"
    splits = make_splits()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(models.MODELS, "tiny", tiny_model)
        fit(TINY, (splits["Training"], splits["PublicTest"]), folder, say=lambda _: None)
    return folder


def test_results_command_writes_what_a_report_needs(run_dir, tmp_path, capsys):
    splits = make_splits()
    table = write_splits(tmp_path / "fer2013.csv", splits)
    command = ["results", "tiny", "--run-dir", str(run_dir), "--data", str(table), "--allow-partial"]
    assert main(command) == 0
    stored = json.loads((run_dir / "result.json").read_text())
    private = stored["splits"]["PrivateTest"]
    trained = load_calibrated(TINY, run_dir, splits)
    answers = trained.model.predict_on_batch(splits["PrivateTest"].images)
    assert private["answers"]["given"] == "".join(map(str, answers.argmax(1)))
    assert private["single"]["accuracy"] == pytest.approx(
        private["answers"]["right"].count("1") / 70, abs=1e-6
    )
    assert private["no_duplicates"]["n"] == 67
    assert sum(b["n"] for b in private["single"]["reliability"]) == 70
    assert set(private) == {"single", "flip", "no_duplicates", "answers"}
    assert (stored["seed"], stored["best_epoch"]) == (5, trained.best_epoch)
    assert stored["command"] == "python -m training fit tiny --data fer2013.tar.gz --seed 5"
    assert stored["hardware"] and stored["versions"]["keras"]
    assert (run_dir / "result.json").stat().st_size < 30_000
    assert "PrivateTest: accuracy" in capsys.readouterr().out


def test_an_unfinished_run_sees_no_test_split(run_dir, tmp_path, capsys):
    (tmp_path / "recipe.json").write_text(json.dumps(replace(TINY, epochs=9).as_dict()))
    (tmp_path / "log.csv").write_bytes((run_dir / "log.csv").read_bytes())
    assert main(["results", "tiny", "--run-dir", str(tmp_path), "--data", "nowhere.csv"]) == 1
    assert "has 3 of 9 epochs. Finish it first: python -m training fit tiny" in capsys.readouterr().err
    assert not (tmp_path / "result.json").exists()


def test_a_folder_without_a_run_is_refused_in_one_sentence(tmp_path, capsys):
    assert main(["results", "tiny", "--run-dir", str(tmp_path), "--data", "nowhere.csv"]) == 1
    assert "is not a run folder" in capsys.readouterr().err
    (tmp_path / "recipe.json").write_text('{"name": "other"}')
    assert main(["results", "tiny", "--run-dir", str(tmp_path), "--data", "nowhere.csv"]) == 1
    assert "is not a recipe that this version knows" in capsys.readouterr().err


def test_fit_leaves_the_validation_figures_and_another_seed_its_own_folder(tmp_path, monkeypatch):
    table = write_splits(tmp_path / "fer2013.csv", make_splits())
    monkeypatch.chdir(tmp_path)
    assert main(["fit", "tiny", "--data", str(table), "--allow-partial", "--seed", "7"]) == 0
    stored = json.loads((tmp_path / "runs" / "tiny-seed7" / "result.json").read_text())
    assert (stored["name"], stored["recipe"], stored["seed"]) == ("tiny-seed7", "tiny", 7)
    assert list(stored["splits"]) == ["PublicTest"]
    assert main(["export", "tiny", "--data", str(table), "--allow-partial", "--seed", "7"]) == 0
    card = json.loads((tmp_path / "models" / "tiny" / "card.json").read_text())
    assert (card["recipe"]["seed"], card["recipe"]["command"][-8:]) == (7, "--seed 7")
    stored = json.loads((tmp_path / "runs" / "tiny-seed7" / "result.json").read_text())
    assert list(stored["splits"]) == ["PublicTest", "PrivateTest"]


def test_folds_are_pooled_in_the_order_of_the_data(tmp_path):
    faces = people(20, images_each=2)
    first, second = result(1, 2), result(2, 2)
    first, second = replace(first, rows=np.array([2, 3])), replace(second, rows=np.array([0, 1]))
    (tmp_path / "recipe.json").write_text("{}")
    recipe = replace(TINY, data="ckplus")
    narrow = replace(faces, names=("angry", "happy"))
    path = run_result.write_crossval_result(recipe, tmp_path, narrow, {"subjects": [first, second]})
    split = json.loads(path.read_text())["splits"]["subjects"]
    assert split["answers"]["right"] == "1110"
    assert split["folds"] == [0.5, 1.0]
    assert split["single"]["per_class"][0]["label"] == "angry"
    assert split["single"]["accuracy_interval"] == [
        0.5,
        1.0,
    ]  # two people, three quarters of the answers right


def test_a_protocol_with_folds_to_train_is_no_result(tmp_path):
    with pytest.raises(TrainingError, match="holds no finished protocol of `crossval`"):
        run_result.load_protocols(tmp_path)


@pytest.fixture
def artifact(run_dir, tmp_path):
    export(TINY, run_dir, make_splits(), tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_model_trained_on_raw_scores_gives_calibrated_probabilities(tmp_path):
    recipe = replace(TINY, loss="l2_svm", label_smoothing=0.0)
    splits = make_splits()
    fit(recipe, (splits["Training"], splits["PublicTest"]), tmp_path / "run", say=lambda _: None)
    export(recipe, tmp_path / "run", splits, tmp_path / "svm")
    model, card = load_artifact(tmp_path / "svm")
    found = model.predict_on_batch(splits["PublicTest"].images)
    assert found.sum(1) == pytest.approx(1, abs=1e-5)
    scores = tiny_model(models.ModelOptions(softmax=False))
    best = np.load(tmp_path / "run" / "best.npz")
    scores.set_weights([best[name] for name in sorted(best) if name.startswith("weights_")])
    raw = softmax(scores.predict_on_batch(splits["PublicTest"].images))
    assert card["calibration"]["temperature"] != 1
    labels = splits["PublicTest"].labels
    assert cross_entropy(found, labels) < cross_entropy(raw, labels) - 0.01


def test_refreshed_card_has_new_metrics_and_keeps_its_provenance(artifact):
    _, before = load_artifact(artifact)
    old = json.loads((artifact / "card.json").read_text())
    for figures in old["metrics"].values():
        del figures["reliability"], figures["accuracy_interval"]
    (artifact / "card.json").write_text(json.dumps(old))
    extra = {"more": make_faces(14, seed=8)}
    refresh_card(artifact, make_splits(), extra)
    _, after = load_artifact(artifact)
    assert after["metrics"]["more"]["n"] == 14
    assert {name: after["metrics"][name] for name in before["metrics"]} == before["metrics"]
    kept = (*PROVENANCE, "files", "calibration", "probe")
    assert {part: after[part] for part in kept} == {part: before[part] for part in kept}


def test_other_data_do_not_change_a_card(artifact):
    before = (artifact / "card.json").read_text()
    with pytest.raises(TrainingError, match="Is this the data that the card describes"):
        refresh_card(artifact, {split: make_faces(63, split=split, seed=n) for n, split in enumerate(SPLITS)})
    assert (artifact / "card.json").read_text() == before


def test_recalibrated_artifact_is_complete_and_keeps_its_provenance(artifact):
    images = make_splits()["PublicTest"].images
    for calibration in (Calibration(0.5, (1.2,) * 7, (0.1, 0, 0, 0, 0, 0, -0.1), "a test"), Calibration(2.0)):
        model, before = load_uncalibrated(artifact)
        expected = calibration.apply(model.predict_on_batch(images))
        recalibrate(artifact, model, calibration, make_splits())
        model, after = load_artifact(artifact)
        assert model.predict_on_batch(images) == pytest.approx(expected, abs=1e-4)
        assert after["calibration"] == calibration.as_dict() | {"split": "PublicTest"}
        assert {part: after[part] for part in PROVENANCE} == {part: before[part] for part in PROVENANCE}
        assert after["files"] != before["files"]


def test_removing_a_folded_calibration_restores_the_answers(artifact):
    model, _ = load_uncalibrated(artifact)
    images = make_splits()["PublicTest"].images
    before = model.predict_on_batch(images)
    calibration = Calibration(0.7, tuple(np.linspace(0.5, 1.5, 7)), tuple(np.linspace(-1, 1, 7)))
    calibration.fold_into(model)
    assert np.abs(model.predict_on_batch(images) - before).max() > 0.05
    calibration.take_out_of(model)
    assert model.predict_on_batch(images) == pytest.approx(before, abs=1e-5)


def test_initial_weights_are_mixed_into_the_final_ones(artifact, tmp_path, monkeypatch):
    start = load_uncalibrated(artifact)[0].get_weights()
    recipe = replace(TINY, init="tiny", init_share=0.25)
    end = [2 * w + 1 for w in start]
    np.savez(tmp_path / "best.npz", epoch=2, **{f"weights_{n:03}": w for n, w in enumerate(end)})
    (tmp_path / "models").mkdir()
    shutil.copytree(artifact, tmp_path / "models" / "tiny")
    monkeypatch.chdir(tmp_path)
    model, epoch = load_best(recipe, tmp_path)
    assert epoch == 2
    for s, e, found in zip(start, end, model.get_weights(), strict=True):
        assert found == pytest.approx(0.25 * s + 0.75 * e, rel=1e-5, abs=1e-6)
    with pytest.raises(ValueError, match="`init_share` must be in"):
        replace(TINY, init_share=0.25)


def test_the_best_weights_of_several_seeds_are_averaged(run_dir, tmp_path, monkeypatch, capsys):
    splits = make_splits()
    table = write_splits(tmp_path / "fer2013.csv", splits)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(recipes.RECIPES, "tiny", replace(TINY, init="start"))
    first, second = tmp_path / "first", tmp_path / "runs" / "tiny-seed7"
    shutil.copytree(run_dir, first)
    shutil.copytree(run_dir, second)
    ours = checkpoint.load_best(first / "best.npz")[0]
    np.savez(second / "best.npz", epoch=1, **{f"weights_{n:03}": 1.5 * w for n, w in enumerate(ours)})
    (first / "result.json").unlink(missing_ok=True)
    command = ["export", "tiny", "--run-dir", str(first), "--data", str(table), "--allow-partial"]
    assert main([*command, "--average-seeds", "5", "7", "--out", "mean"]) == 0
    model, card = load_uncalibrated(tmp_path / "mean")
    body = slice(-2)  # the last layer is calibrated
    for mine, found in zip(ours[body], model.get_weights()[body], strict=True):
        assert found == pytest.approx(1.25 * mine, rel=1e-4, abs=1e-5)
    assert card["recipe"]["averaged_seeds"] == [5, 7]
    assert not (first / "result.json").exists()  # the mean is not the result of the first run
    np.savez(second / "best.npz", epoch=1, weights_000=ours[0])
    assert main([*command, "--average-seeds", "7", "--out", "other"]) == 1
    assert "its weights do not fit" in capsys.readouterr().err
    for named, init in (("5", "start"), ("7", "")):
        monkeypatch.setitem(recipes.RECIPES, "tiny", replace(TINY, init=init))
        assert main([*command, "--average-seeds", named, "--out", "other"]) == 1
        assert "of a recipe with `init`" in capsys.readouterr().err
    monkeypatch.setitem(recipes.RECIPES, "tiny", replace(TINY, init="start"))
    assert main([*command, "--average-seeds", "8", "--out", "other"]) == 1
    assert "No checkpoint at runs/tiny-seed8/best.npz" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_precise_statistics_are_adopted_where_they_are_clearly_better(tmp_path, capsys):
    splits = {split: make_faces(210, split=split, seed=n) for n, split in enumerate(SPLITS)}
    recipe, artifact = replace(TINY, epochs=12, clean_statistics=True), tmp_path / "tiny"
    fit(recipe, (splits["Training"], splits["PublicTest"]), tmp_path / "run", say=lambda _: None)
    export(recipe, tmp_path / "run", splits, artifact)
    model, card = load_artifact(artifact)
    assert "better by" in card["batch_statistics"]["chosen_by"]
    normalisation = next(x for x in model.layers if isinstance(x, keras.layers.BatchNormalization))
    good = normalisation.get_weights()
    spoiled = [*good[:2], good[2] + 3 * np.sqrt(good[3]) * np.array([1, -1, 1, -1]), good[3] * 9]
    normalisation.set_weights(spoiled)
    model.save(artifact / "model.keras")
    card["files"]["model.keras"] = file_entry(artifact / "model.keras")
    (artifact / "card.json").write_text(json.dumps(card))
    data = ["--data", str(write_splits(tmp_path / "fer2013.csv", splits)), "--allow-partial"]
    command = ["calibrate", str(artifact), *data, "--clean-statistics", "--write"]
    assert main(command) == 0
    assert "Batch statistics of training images as they are: cross-entropy" in capsys.readouterr().out
    model, after = load_artifact(artifact)
    assert after["batch_statistics"]["of"] == "training images as they are"
    assert after["metrics"]["PublicTest"]["nll"] < 0.3  # seven labels: chance is 1.95
    # once more: nothing is better than what is inside
    assert main(command) == 0
    assert "Batch statistics of augmented training images, averaged" in capsys.readouterr().out
    assert load_artifact(artifact)[1] == after


def test_calibrate_command_compares_and_leaves_the_artifact(artifact, tmp_path, capsys):
    before = (artifact / "card.json").read_text()
    table = write_splits(tmp_path / "fer2013.csv", make_splits())
    assert main(["calibrate", str(artifact), "--data", str(table), "--allow-partial"]) == 0
    printed = capsys.readouterr().out
    assert "scale and offset per label  cross-entropy" in printed
    assert "a perfect model's error on as many images" in printed
    assert (artifact / "card.json").read_text() == before


def test_a_model_whose_training_set_the_labels_shares_keeps_one_temperature(artifact, tmp_path, capsys):
    splits = {split: make_faces(700, split=split, seed=n) for n, split in enumerate(SPLITS)}
    model, card = load_artifact(artifact)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights(
        [kernel, bias + np.linspace(-4, 4, 7)]
    )  # offsets per label would correct this
    model.save(artifact / "model.keras")
    card["files"]["model.keras"] = file_entry(artifact / "model.keras")
    command = ["calibrate", str(artifact), "--allow-partial", "--write"]
    command += ["--data", str(write_splits(tmp_path / "fer2013.csv", splits))]
    one = "one temperature, as the training set the labels' shares"
    for label_prior, label_share, choice in (
        (1.0, 0.0, one),
        (0.0, 0.25, one),
        (0.0, 0.0, "5-fold cross-entropy"),
    ):
        card["recipe"] |= {"label_prior": label_prior, "label_share": label_share}
        (artifact / "card.json").write_text(json.dumps(card))
        assert main(command) == 0
        assert f"Choice: {choice}" in capsys.readouterr().out
        assert ("label_scales" in load_artifact(artifact)[1]["calibration"]) is (choice != one)


def test_cross_entropy_does_not_choose_the_statistics_of_a_model_that_treats_labels_alike(
    artifact, tmp_path, capsys
):
    card = load_artifact(artifact)[1]
    card["recipe"]["label_prior"] = 1.0
    (artifact / "card.json").write_text(json.dumps(card))
    command = ["calibrate", str(artifact), "--allow-partial", "--clean-statistics"]
    command += ["--data", str(write_splits(tmp_path / "fer2013.csv", make_splits()))]
    assert main([*command, "--write"]) == 1
    assert "compare them without --write" in capsys.readouterr().err
    assert main(command) == 0
    assert "Batch statistics of" in capsys.readouterr().out
    assert load_artifact(artifact)[1] == card
