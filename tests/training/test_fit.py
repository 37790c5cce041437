"""Whole runs of a tiny network on learnable images."""

import csv
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.training.samples import make_faces
from training.config import Augmentation, Recipe
from training.data.distillation import with_teacher
from training.errors import TrainingError
from training.nn import models
from training.trainer import checkpoint
from training.trainer.run import fit

TINY = Recipe(
    name="tiny",
    model="tiny",
    about="A test.",
    epochs=3,
    batch_size=14,
    optimizer="adamw",
    learning_rate=0.01,
    schedule="trapezoid",
    warmup_epochs=0.5,
    decay_epochs=1,
    weight_decay=0.01,
    dropout=0.1,
    label_smoothing=0.1,
    ema=0.5,
    image_sizes=((0, 36), (1, 48)),
    augmentation=Augmentation(shift=0.02, flip=True, brightness=10, contrast=0.1, erasing=0.2),
    seed=5,
)


def tiny_model(options):
    layers = keras.layers
    image = keras.Input((options.image_size, options.image_size, 1))
    x = layers.Rescaling(1 / 255)(image)
    x = layers.AveragePooling2D(options.image_size // 12)(x)
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(options.dropout)(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(7, activation="softmax" if options.softmax else None)(x))


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)


def run(run_dir, *, recipe=TINY, said=None, resume=False, initial=None):
    data = make_faces(140), make_faces(35, split="PublicTest", seed=9)
    said = [] if said is None else said
    return fit(recipe, data, run_dir, initial=initial, resume=resume, say=said.append)


def rows(run_dir):
    with (run_dir / "log.csv").open(newline="") as file:
        return [
            {k: v for k, v in row.items() if "second" not in k and "_per_s" not in k}
            for row in csv.DictReader(file)
        ]


@pytest.fixture
def finished(finished_run, tmp_path):
    """The folder of a finished run of `TINY`, to be changed at will."""
    return shutil.copytree(finished_run, tmp_path / "finished")


@pytest.mark.parametrize("sam_radius", [0.0, 0.3])
def test_a_run_learns_logs_and_reports_the_time_left(tmp_path, sam_radius):
    said = []
    recipe = replace(TINY, epochs=12, sam_radius=sam_radius)
    run(tmp_path, recipe=recipe, said=said)
    log = rows(tmp_path)
    assert [row["epoch"] for row in log] == [str(n) for n in range(1, 13)]
    assert [row["image_size"] for row in log[:2]] == ["36", "48"]
    assert float(log[-1]["val_accuracy"]) > 0.6  # seven labels: chance is 0.14
    assert "about 0 min left" in said[-1]
    assert list((tmp_path / "tensorboard").glob("events*"))


def test_the_svm_loss_learns_too(tmp_path):
    change = {"epochs": 12, "loss": "l2_svm", "label_smoothing": 0.0, "augmentation": TINY.augmentation}
    run(tmp_path, recipe=Recipe(**{**TINY.as_dict(), **change}))
    assert float(rows(tmp_path)[-1]["val_accuracy"]) > 0.6


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": "sgd", "learning_rate": 0.05},
        {"loss": "focal", "class_weights": True},
        {"label_prior": 1.0, "mixup": 0.2},
    ],
)
def test_other_choices_learn_too(tmp_path, change):
    run(tmp_path, recipe=replace(TINY, epochs=12, ema=0.0, **change))
    logged = rows(tmp_path)
    assert float(logged[-1]["loss"]) < float(logged[0]["loss"])
    assert float(logged[-1]["val_accuracy"]) > 0.5


@pytest.mark.parametrize(
    ("change", "best"), [({}, 2), ({"label_prior": 1.0}, 1), ({"class_weights": True}, 1)]
)
def test_balanced_accuracy_selects_the_epoch_of_recipes_that_balance_labels(
    tmp_path, monkeypatch, change, best
):
    figures = [(0.5, 0.4), (0.6, 0.3)]  # accuracy rises, balanced accuracy falls

    def validate(*_, **__):
        accuracy, balanced = figures.pop(0)
        return {"val_loss": 1.0, "val_accuracy": accuracy, "val_balanced_accuracy": balanced}

    monkeypatch.setattr("training.trainer.epochs._validate", validate)
    run(tmp_path, recipe=replace(TINY, epochs=2, **change))
    assert checkpoint.load_arrays(tmp_path / "best.npz")["epoch"] == best


@pytest.mark.slow
@pytest.mark.parametrize("sam_radius", [0.0, 0.3])
def test_resumed_run_ends_exactly_like_an_uninterrupted_one(tmp_path, monkeypatch, finished, sam_radius):
    recipe = replace(TINY, sam_radius=sam_radius)
    if sam_radius:
        run(tmp_path / "whole", recipe=recipe)
    else:
        finished.rename(tmp_path / "whole")
    real, calls = keras.Model.train_on_batch, []

    def interrupted(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == 14:  # in the middle of the second epoch of ten steps
            raise KeyboardInterrupt
        return real(self, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "train_on_batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "broken", recipe=recipe)
    monkeypatch.undo()
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    run(tmp_path / "broken", recipe=recipe, resume=True)
    assert rows(tmp_path / "broken") == rows(tmp_path / "whole")
    whole, broken = (checkpoint.load_arrays(tmp_path / name / "last.npz") for name in ("whole", "broken"))
    assert set(whole) == set(broken)
    for name in set(whole) - {"seconds"}:
        np.testing.assert_allclose(broken[name], whole[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_other_seed_gives_another_run(tmp_path, finished):
    run(tmp_path / "b", recipe=Recipe(**{**TINY.as_dict(), "seed": 6, "augmentation": TINY.augmentation}))
    assert rows(finished) != rows(tmp_path / "b")


def test_a_teacher_and_the_labels_share_the_target():
    faces = make_faces(300)
    faces.images[:, :, :10] //= 2  # darker on the left
    asked = []

    def teacher(images):  # predicts label 2 for the images themselves, label 4 for the mirrored ones
        asked.append(len(images))
        mirrored = images[:, :, :10].mean() > images[:, :, -10:].mean()
        return np.tile(np.eye(7, dtype=np.float32)[4 if mirrored else 2], (len(images), 1))

    taught = with_teacher(faces, teacher, 0.6)
    expected = 0.4 * np.eye(7)[faces.labels] + 0.3 * np.eye(7)[2] + 0.3 * np.eye(7)[4]
    np.testing.assert_allclose(taught.soft, expected, atol=1e-6)
    np.testing.assert_array_equal(taught.labels, faces.labels)
    assert faces.soft is None
    assert sum(asked) == 600


@pytest.mark.parametrize("change", [{"teacher": "model2-fer2013"}, {"teacher_share": 0.5}])
def test_a_teacher_without_a_share_is_refused(change):
    with pytest.raises(ValueError, match="`teacher` goes with a `teacher_share`"):
        Recipe(**{**TINY.as_dict(), **change})


def test_a_run_can_start_from_given_weights(tmp_path, finished):
    weights = checkpoint.load_state(finished / "last.npz").average
    run(tmp_path / "second", initial=weights)
    first_epoch = [float(rows(folder)[0]["loss"]) for folder in (finished, tmp_path / "second")]
    assert first_epoch[1] < first_epoch[0]


def test_existing_run_is_not_overwritten(finished):
    with pytest.raises(TrainingError, match="already holds a run. Continue with --resume"):
        run(finished)


def test_resume_without_a_run_says_so(tmp_path):
    with pytest.raises(TrainingError, match="start the run without --resume"):
        run(tmp_path, resume=True)


def test_validation_uses_the_averaged_weights(finished):
    state = checkpoint.load_state(finished / "last.npz")
    assert any(not np.allclose(a, w) for a, w in zip(state.average, state.weights, strict=True))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"epochs": 0}, "`epochs` and `batch_size` must be >= 1"),
        ({"optimizer": "lion"}, "`optimizer` must be one of adam, adamw, sgd"),
        ({"loss": "hinge"}, "`loss` must be one of cross_entropy, focal, l2_svm"),
        ({"loss": "l2_svm"}, "`label_smoothing`, `mixup` and `label_prior` must be 0"),
        ({"label_prior": 1.5}, r"`label_prior` must be in \[0, 1\]"),
        ({"schedule": "cosine"}, "`schedule` must be one of constant, trapezoid"),
        ({"decay_epochs": 9}, "must fit into `epochs`"),
        ({"image_sizes": ((1, 48),)}, "must start at epoch 0"),
    ],
)
def test_impossible_recipe_is_refused(change, reason):
    with pytest.raises(ValueError, match=reason):
        Recipe(**{**TINY.as_dict(), "augmentation": TINY.augmentation, **change})
