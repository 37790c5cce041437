"""Several steps per call, as on GPUs, compared with one per call: with JAX on the CPU, in a separate process."""

import json

import numpy as np
import pytest

from tests.training.processes import JAX, last_line

DRIVER = """
import json, sys
from dataclasses import replace
import numpy as np
from tests.training.test_fit import TINY, tiny_model
from training.trainer import epochs
from training.nn import models
from training.data.faces import Faces
from training.trainer.steps import OneStepPerCall, SeveralStepsPerCall

models.MODELS["tiny"] = tiny_model
random = np.random.default_rng(0)
images = random.integers(0, 256, (90, 48, 48, 1), dtype=np.uint8)
faces = Faces(images, np.arange(90) % 7, "Training", np.arange(90))
# Eleven batches are a call of eight and one of three. SGD at a low rate keeps rounding errors small; Adam would not.
recipe = replace(TINY, epochs=2, optimizer="sgd", learning_rate=1e-3, batch_size=8, image_sizes=((0, 48),), ema=0.9)


def train(several, rho):
    epochs.choose_steps = lambda network, trainer: (
        SeveralStepsPerCall(network, trainer) if several else OneStepPerCall(trainer)
    )
    rows = []
    data = faces, faces.take(np.arange(20))
    for state, row in epochs.train_epochs(replace(recipe, sam_radius=rho), data, say=print):
        rows.append([row[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")])
    sums = [[float(np.abs(w).sum()) for w in arrays] for arrays in (state.weights, state.average, state.optimizer)]
    return rows, sums


rhos = [float(rho) for rho in sys.argv[1:]]
print(json.dumps([[train(several, rho) for several in (True, False)] for rho in rhos]))
"""
RADII = {"ordinary": 0.0, "sharpness-aware": 0.5}


@pytest.fixture(scope="module")
def trained():
    """Results of each kind, by several steps per call and by one, from one process: its start takes seconds."""
    results = json.loads(last_line(DRIVER, *map(str, RADII.values()), **JAX))
    return dict(zip(RADII, results, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("kind", RADII)
def test_several_steps_per_call_train_like_one(trained, kind):
    (rows, sums), (expected_rows, expected_sums) = trained[kind]
    assert np.array(rows) == pytest.approx(np.array(expected_rows), rel=1e-3)
    for found, expected in zip(sums, expected_sums, strict=True):
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-3)
