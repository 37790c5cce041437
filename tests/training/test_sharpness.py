"""Sharpness-aware steps: worked by hand, and what they leave alone."""

import keras
import numpy as np
import pytest

from training.errors import TrainingError
from training.sharpness import SharpnessAware


def test_a_step_takes_the_gradient_where_the_loss_is_highest_nearby():
    image = keras.Input((1,))
    model = SharpnessAware(image, keras.layers.Dense(1, use_bias=False)(image), radius=0.5)
    model.set_weights([np.array([[2.0]])])
    model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error")
    logs = model.train_on_batch(np.ones((4, 1)), np.zeros((4, 1)), return_dict=True)
    # the loss is w^2; w moves up by 0.5 * (2 + 0.01), where the gradient is 2 * 3.005
    assert logs["loss"] == pytest.approx(4.0)
    assert model.get_weights()[0].item() == pytest.approx(2 - 0.1 * 6.01, abs=1e-5)


def test_batch_statistics_are_those_of_the_weights_themselves():
    images = np.random.default_rng(0).normal(size=(8, 3))
    statistics = []
    for radius in (0.001, 2.0):
        keras.utils.set_random_seed(1)
        image = keras.Input((3,))
        x = keras.layers.BatchNormalization(momentum=0.5)(keras.layers.Dense(2)(image))
        model = SharpnessAware(image, keras.layers.Dense(1)(x), radius=radius)
        model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error")
        model.train_on_batch(images, np.ones((8, 1)))
        statistics.append(
            np.concatenate([v.numpy() for v in model.non_trainable_variables if v.dtype != "uint32"])
        )
    assert statistics[0] == pytest.approx(statistics[1])
    assert np.abs(statistics[0]).max() > 0.01


def test_another_backend_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    image = keras.Input((1,))
    with pytest.raises(TrainingError, match="KERAS_BACKEND=tensorflow"):
        SharpnessAware(image, keras.layers.Dense(1)(image), radius=0.5)
