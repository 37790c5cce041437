"""A random forest on the inputs of a network's last layer."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.training.samples import make_faces, make_rows, write_csv
from tests.training.test_fit import TINY, tiny_model
from training import recipes
from training.cli import main
from training.errors import TrainingError
from training.evaluation.forest import ForestRecipe, grow, penultimate
from training.nn import models
from training.nn.models import ModelOptions, build
from training.report.collect import collect
from training.report.results import read_results

RECIPE = ForestRecipe(num_trees=20, seed=3)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return tiny_model(ModelOptions())


def test_features_are_the_inputs_of_the_last_layer():
    keras.utils.set_random_seed(0)
    network = build("model2")
    images = make_faces(4).images
    features = penultimate(network).predict_on_batch(images)
    assert features.shape == (4, 512)
    kernel, bias = network.layers[-1].get_weights()
    scores = features @ kernel + bias
    weights = np.exp(scores - scores.max(1, keepdims=True))
    np.testing.assert_allclose(
        network.predict_on_batch(images), weights / weights.sum(1, keepdims=True), atol=1e-5
    )


def test_a_forest_learns_and_is_compared_with_the_networks_own_layer(model):
    test = make_faces(70, split="PublicTest", seed=9)
    grown = grow(RECIPE, model, make_faces(280), {"PublicTest": test})
    found = grown.splits["PublicTest"]
    assert (
        found.forest.single.accuracy > 0.9
    )  # seven labels: chance, and so the untrained network, is at 0.14
    own = model.predict_on_batch(test.images).argmax(1)
    assert found.head.accuracy == pytest.approx(np.mean(own == test.labels))
    assert (grown.num_features, grown.num_images) == (400, 280)


def test_the_seed_decides_every_answer(model):
    train = make_faces(70)
    train.labels[:] = np.random.default_rng(0).permutation(train.labels)  # nothing to learn: votes are noise
    test = {"PublicTest": make_faces(70, seed=9)}
    first, again, other = (
        grow(replace(RECIPE, seed=seed), model, train, test).splits["PublicTest"].forest.single
        for seed in (3, 3, 4)
    )
    assert first.as_dict() == again.as_dict()
    assert first.nll != other.nll


def test_a_label_without_training_images_is_refused(model):
    train = make_faces(14).take(np.array([0, 1, 2, 3, 4, 5]))
    with pytest.raises(TrainingError, match="no images of neutral: every label needs some"):
        grow(RECIPE, model, train, {"PublicTest": make_faces(7)})


def collected(run_dir):
    """Returns the result as the report stores and reads it."""
    results = run_dir.parent / "results"
    collect(run_dir, results)
    return read_results(results, run_dir / "no models").runs["tiny-forest"]


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setitem(models.MODELS, "tiny", tiny_model)
    monkeypatch.setitem(recipes.RECIPES, "tiny", replace(TINY, epochs=2))
    return write_csv(tmp_path / "fer2013.csv", make_rows(per_split=28))


def test_the_command_measures_a_run_and_writes_its_result(tmp_path, data, capsys):
    shared = ["tiny", "--data", str(data), "--allow-partial", "--run-dir", str(tmp_path / "run")]
    assert main(["fit", *shared]) == 0
    command = ["forest", *shared, "--trees", "20", "--split", "PrivateTest", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    printed = capsys.readouterr().out
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert (result["name"], result["recipe"], result["seed"]) == ("tiny-forest", "tiny-forest", 1)
    assert result["forest"]["num_trees"] == 20
    assert list(result["splits"]) == ["PublicTest", "PrivateTest"]
    run = collected(tmp_path / "out")
    assert run.is_forest
    assert (
        run.settings["about"]
        == "A random forest on what the last layer of tiny sees, in place of that layer."
    )
    assert run.splits["PrivateTest"].single.accuracy == result["splits"]["PrivateTest"]["single"]["accuracy"]
    for name, split in result["splits"].items():
        assert split["single"]["n"] == split["head"]["n"] == 28
        forest, head = (split[key]["accuracy"] for key in ("single", "head"))
        assert f"{name}, 28 images: forest {forest:.2%}, the network's own last layer {head:.2%}" in printed


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nothing"], "'nothing' is neither an artifact's folder nor a recipe. Recipes: report-model2"),
        (["tiny", "--run-dir", "nowhere"], "No checkpoint at nowhere/best.npz"),
        (["tiny", "--trees", "0"], "--trees must be at least 1. Received: 0"),
    ],
)
def test_impossible_arguments_are_refused_in_one_sentence(data, capsys, arguments, reason):
    assert main(["forest", *arguments, "--data", str(data), "--allow-partial"]) == 1
    assert reason in capsys.readouterr().err
