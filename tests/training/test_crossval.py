"""CK+'s two protocols, and runs over folds."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.samples import make_faces
from tests.training.test_fit import TINY, tiny_model
from tests.training.test_other_data import write_ckplus
from training.cli import main
from training.data.folds import random_split, subject_folds
from training.nn import models
from training.trainer import checkpoint, crossval
from training.trainer.crossval import FoldResult, cross_validate, load_result, summarise, transferred
from training.trainer.run import fit


def people(count, *, images_each=7):
    return replace(make_faces(count * images_each), groups=np.repeat(np.arange(count), images_each))


def test_nobody_is_in_both_training_and_test():
    faces = people(23)
    folds = subject_folds(faces)
    assert len(folds) == 10
    for fold in folds:
        assert not set(faces.groups[fold.train]) & set(faces.groups[fold.test])
        assert sorted([*fold.train, *fold.test]) == list(range(len(faces)))
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(faces)))
    assert set(faces.groups[folds[1].test]) == {1, 11, 21}


def test_too_few_people_are_refused():
    with pytest.raises(ValueError, match="at least 10 subjects. Received: 9"):
        subject_folds(people(9))
    with pytest.raises(ValueError, match="Received: 0"):
        subject_folds(make_faces(50))


def test_the_reports_split_holds_out_148_of_981_images():
    faces = make_faces(981)
    (fold,) = random_split(faces, seed=1)
    assert (len(fold.train), len(fold.test)) == (833, 148)
    assert sorted([*fold.train, *fold.test]) == list(range(981))
    assert not np.array_equal(fold.test, random_split(faces, seed=2)[0].test)


def test_what_chooses_the_epoch_is_neither_training_nor_test():
    faces = people(23)
    plain, (random,) = random_split(faces, seed=1), random_split(faces, seed=1, validated=True)
    assert np.array_equal(random.test, plain[0].test)
    assert len(random.validation) == 21  # 15 % of 136, rounded up
    for fold in (random, *subject_folds(faces, validated=True)):
        assert sorted([*fold.train, *fold.validation, *fold.test]) == list(range(len(faces)))


def test_by_people_the_next_fold_chooses_the_epoch():
    faces = people(23)
    folds = subject_folds(faces, validated=True)
    for fold, following in zip(folds, [*folds[1:], folds[0]], strict=True):
        assert np.array_equal(fold.validation, following.test)
        assert not set(faces.groups[fold.train]) & set(faces.groups[fold.validation])


@pytest.mark.parametrize(("validated", "right"), [(True, 1 / 7), (False, 1.0)])
def test_the_best_epoch_counts_only_where_held_back_images_chose_it(tmp_path, monkeypatch, validated, right):
    """The best weights are replaced by zeros, which call every face alike."""
    watched = []

    def fit_with_useless_best_weights(recipe, data, run_dir, **options):
        watched.append(data[1].rows)
        best = fit(recipe, data, run_dir, **options)
        checkpoint.save_arrays(
            best, {name: 0 * value for name, value in checkpoint.load_arrays(best).items()}
        )
        return best

    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    monkeypatch.setattr(crossval, "fit", fit_with_useless_best_weights)
    faces = people(20, images_each=14)
    (fold,) = random_split(faces, seed=1, validated=validated)
    recipe = replace(TINY, data="ckplus", epochs=8, validated=validated)
    cross_validate(recipe, faces, [fold], tmp_path, say=lambda _: None)
    assert np.array_equal(watched[0], fold.validation if validated else fold.test)
    assert load_result(tmp_path / "random").accuracy == pytest.approx(right, abs=0.15)
    assert not list((tmp_path / "random").glob("*st.npz"))  # weights trained on CK+ are not kept


def test_only_ckplus_recipes_hold_images_back():
    with pytest.raises(ValueError, match="`validated` must be False unless data='ckplus'"):
        replace(TINY, validated=True)


def result(hits, count):
    labels = np.zeros(count, np.int64)
    probabilities = np.tile([0.9, 0.1], (count, 1))
    probabilities[hits:] = [0.1, 0.9]
    return FoldResult(probabilities, labels, np.arange(count), seconds=5.0)


def test_folds_count_alike_in_the_mean_and_images_alike_in_the_pool():
    found = summarise([result(1, 2), result(8, 8)])
    assert (found.mean, found.pooled, found.seconds) == (0.75, 0.9, 10.0)
    assert found.deviation == pytest.approx(0.25 * 2**0.5)
    assert found.confusion.tolist() == [[9, 1], [0, 0]]


def test_the_last_layer_is_not_transferred():
    trained, fresh = [np.full(1, i) for i in range(4)], [np.full(1, 10 + i) for i in range(4)]
    assert [int(w[0]) for w in transferred(trained, fresh)] == [0, 1, 12, 13]


def test_finished_folds_are_kept_and_an_interrupted_run_continues(tmp_path, monkeypatch):
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    recipe = replace(TINY, data="ckplus", epochs=8)
    faces = people(20, images_each=14)
    folds = subject_folds(faces, num_folds=2)
    cross_validate(recipe, faces, folds[:1], tmp_path, say=lambda _: None)
    said = []
    found = cross_validate(recipe, faces, folds, tmp_path, say=said.append)
    assert found.num_folds == 2
    assert found.mean > 0.5  # seven labels: chance is 0.14
    assert not any(line.startswith("subjects-01: 140 images train") for line in said)
    assert any(line.startswith("subjects-02: 140 images train") for line in said)
    assert sorted(path.name for path in (tmp_path / "subjects-01").iterdir()) == [
        "environment.json",
        "log.csv",
        "recipe.json",
        "result.npz",
        "tensorboard",
    ]


def test_a_data_set_of_few_people_is_refused_in_one_sentence(tmp_path, capsys):
    archive = write_ckplus(tmp_path / "CK+48.zip")
    assert main(["crossval", "report-model1-ckplus", "--data", str(archive)]) == 1
    assert "cannot be divided by people: `faces` must have at least 10 subjects. Received: 1." in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["fit", "model2-ckplus"], "trains on CK+, which has no fixed splits: use `crossval`"),
        (["crossval", "model2-fer2013"], "model2-fer2013 trains on fer2013: use `fit`"),
        (["crossval", "model2-ckplus"], "CK+ cannot be read from"),
    ],
)
def test_a_recipe_under_the_wrong_command_is_refused(command, reason, capsys):
    assert main([*command, "--data", "nowhere.zip"]) == 1
    assert reason in capsys.readouterr().err
