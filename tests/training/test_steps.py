"""Several steps a call, as GPUs want them, against one a call: with JAX on the CPU, in a process of its own."""

import json

import numpy as np
import pytest

from tests.training.processes import JAX, last_line

DRIVER = """
import json, sys
from dataclasses import replace
import numpy as np
from tests.training.test_fit import TINY, tiny_model
from training import epochs, models
from training.data.faces import Faces
from training.steps import OneACall, SeveralACall

models.MODELS["tiny"] = tiny_model
random = np.random.default_rng(0)
images = random.integers(0, 256, (90, 48, 48, 1), dtype=np.uint8)
faces = Faces(images, np.arange(90) % 7, "Training", np.arange(90))
# Eleven batches: a call of eight and one of three. Not Adam, which makes steps of rounding errors, and slow: they grow.
recipe = replace(TINY, epochs=2, optimizer="sgd", learning_rate=1e-3, batch_size=8, image_sizes=((0, 48),), ema=0.9)


def train(several, radius):
    epochs.choose_steps = lambda network, trainer: SeveralACall(network, trainer) if several else OneACall(trainer)
    rows = []
    data = faces, faces.take(np.arange(20))
    for state, row in epochs.train_epochs(replace(recipe, sam_radius=radius), data, say=print):
        rows.append([row[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")])
    sums = [[float(np.abs(w).sum()) for w in arrays] for arrays in (state.weights, state.average, state.optimizer)]
    return rows, sums


radii = [float(radius) for radius in sys.argv[1:]]
print(json.dumps([[train(several, radius) for several in (True, False)] for radius in radii]))
"""
RADII = {"ordinary": 0.0, "sharpness-aware": 0.5}


@pytest.fixture(scope="module")
def trained():
    """What each kind came to, by several steps a call and by one: all in one process, which starts for seconds."""
    results = json.loads(last_line(DRIVER, *map(str, RADII.values()), **JAX))
    return dict(zip(RADII, results, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("kind", RADII)
def test_several_steps_a_call_train_as_one_does(trained, kind):
    (rows, sums), (expected_rows, expected_sums) = trained[kind]
    assert np.array(rows) == pytest.approx(np.array(expected_rows), rel=1e-3)
    for found, expected in zip(sums, expected_sums, strict=True):
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-3)
