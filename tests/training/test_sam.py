"""Sharpness-aware steps against numbers worked by hand, and what they must not change."""

import json

import keras
import numpy as np
import pytest

from tests.training.processes import JAX, last_line
from training.errors import TrainingError
from training.nn.sam import SharpnessAwareModel


def test_a_step_uses_the_gradient_at_the_highest_loss_nearby():
    image = keras.Input((1,))
    model = SharpnessAwareModel(image, keras.layers.Dense(1, use_bias=False)(image), rho=0.5)
    model.set_weights([np.array([[2.0]])])
    model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error")
    logs = model.train_on_batch(np.ones((4, 1)), np.zeros((4, 1)), return_dict=True)
    # the loss is w^2; w moves up by 0.5 * (2 + 0.01), where the gradient is 2 * 3.005
    assert logs["loss"] == pytest.approx(4.0)
    assert model.get_weights()[0].item() == pytest.approx(2 - 0.1 * 6.01, abs=1e-5)


def test_batch_statistics_are_those_of_the_weights_themselves():
    images = np.random.default_rng(0).normal(size=(8, 3))
    statistics = []
    for rho in (0.001, 2.0):
        keras.utils.set_random_seed(1)
        image = keras.Input((3,))
        x = keras.layers.BatchNormalization(momentum=0.5)(keras.layers.Dense(2)(image))
        model = SharpnessAwareModel(image, keras.layers.Dense(1)(x), rho=rho)
        model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error")
        model.train_on_batch(images, np.ones((8, 1)))
        statistics.append(
            np.concatenate([v.numpy() for v in model.non_trainable_variables if v.dtype != "uint32"])
        )
    assert statistics[0] == pytest.approx(statistics[1])
    assert np.abs(statistics[0]).max() > 0.01


ONE_STEP = """
import json
import keras, numpy as np
from training.nn.sam import SharpnessAwareModel

image = keras.Input((6,))
x = keras.layers.Dense(4, activation="relu", kernel_initializer=keras.initializers.Constant(0.2))(image)
x = keras.layers.BatchNormalization(momentum=0.5)(x)
outputs = keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.3))(x)
model = SharpnessAwareModel(image, outputs, rho=0.5)
model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error", jit_compile=keras.backend.backend() == "jax")
images = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
for _ in range(3):
    logs = model.train_on_batch(images, images[:, :1], return_dict=True)
print(json.dumps([logs["loss"], *(w.tolist() for w in model.get_weights())]))
"""


def test_jax_and_tensorflow_take_the_same_steps(capsys):
    exec(ONE_STEP, {})  # with this process' backend, TensorFlow
    found = [json.loads(capsys.readouterr().out), json.loads(last_line(ONE_STEP, **JAX))]
    for here, there in zip(*found, strict=True):
        assert np.array(there) == pytest.approx(np.array(here), abs=1e-5)


DROPOUT_STEP = """
import json
import keras, numpy as np
from training.nn.sam import SharpnessAwareModel

# With a tiny neighbourhood a step equals an ordinary one, if its second pass has the first one's dropout.
found = []
for kind, options in ((keras.Model, {}), (SharpnessAwareModel, {"rho": 1e-6})):
    image = keras.Input((50,))
    x = keras.layers.Dropout(0.5, seed=3)(image)
    model = kind(image, keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(x), **options)
    model.compile(keras.optimizers.SGD(0.01), loss="mean_squared_error", jit_compile=True)
    model.train_on_batch(np.ones((1, 50), "float32"), np.zeros((1, 1), "float32"))
    found.append(model.get_weights()[0].ravel().tolist())
print(json.dumps(found))
"""


def test_both_passes_under_jax_share_their_dropout():
    ordinary, aware = map(np.array, json.loads(last_line(DROPOUT_STEP, **JAX)))
    assert 10 < (ordinary == 1).sum() < 40  # weights whose input was dropped
    assert aware == pytest.approx(ordinary, abs=1e-3)


def test_another_backend_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    image = keras.Input((1,))
    with pytest.raises(TrainingError, match="KERAS_BACKEND=tensorflow"):
        SharpnessAwareModel(image, keras.layers.Dense(1)(image), rho=0.5)
