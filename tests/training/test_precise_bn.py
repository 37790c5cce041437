"""Precise batch statistics, compared with numpy's."""

import keras
import numpy as np
import pytest

from training.data.faces import Faces
from training.evaluation import precise_bn as batch_statistics
from training.evaluation.precise_bn import choose_batch_statistics, estimate_batch_statistics


def make_model():
    keras.utils.set_random_seed(3)
    image = keras.Input((4, 4, 1))
    x = keras.layers.Conv2D(3, 3)(image)
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(x))
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(image, x)


def test_statistics_are_those_of_the_images_without_dropout(monkeypatch):
    monkeypatch.setattr(batch_statistics, "BATCH_SIZE", 25)
    images = np.random.default_rng(0).integers(0, 256, (100, 4, 4, 1), dtype=np.uint8)
    model = make_model()
    kept = [w.numpy() for w in model.trainable_variables]
    estimate_batch_statistics(model, images)
    convolved = keras.Model(model.input, model.layers[1].output).predict(images.astype("float32"), verbose=0)
    order = np.random.default_rng(0).permutation(100).reshape(4, 25)
    first, second = (layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    assert first.moving_mean.numpy() == pytest.approx(convolved.mean((0, 1, 2)), rel=1e-4)
    variances = [convolved[batch].var((0, 1, 2)) for batch in order]
    assert first.moving_variance.numpy() == pytest.approx(np.mean(variances, 0), rel=1e-4)
    # the inputs of the second one are normalised batch by batch: mean 0, variance 1 in each channel
    assert second.moving_mean.numpy().reshape(4, 3).mean(0) == pytest.approx(np.zeros(3), abs=1e-3)
    assert second.moving_variance.numpy().mean() == pytest.approx(1, abs=0.05)
    for was, now in zip(kept, model.trainable_variables, strict=True):
        assert (was == now.numpy()).all()
    assert (first.momentum, model.layers[4].rate) == (0.9, 0.5)


def test_a_few_images_are_one_batch():
    images = np.random.default_rng(1).integers(0, 256, (7, 4, 4, 1), dtype=np.uint8)
    model = make_model()
    estimate_batch_statistics(model, images)
    convolved = keras.Model(model.input, model.layers[1].output).predict(images.astype("float32"), verbose=0)
    assert model.layers[2].moving_variance.numpy() == pytest.approx(convolved.var((0, 1, 2)), rel=1e-4)


def test_statistics_that_validation_rejects_leave_the_model_unchanged():
    images = np.random.default_rng(2).integers(0, 256, (210, 4, 4, 1), dtype=np.uint8)
    inner = make_model()
    model = keras.Model(inner.input, keras.layers.Dense(7, activation="softmax")(inner.output))
    estimate_batch_statistics(model, images)
    right = model.predict(images.astype("float32"), verbose=0).argmax(1)
    faces = Faces(images, right, "PublicTest", np.arange(len(images)))
    before = model.get_weights()
    choice = choose_batch_statistics(model, images // 9, faces)
    assert not choice.clean and choice.as_dict()["of"] == "augmented training images, averaged"
    for was, now in zip(before, model.get_weights(), strict=True):
        assert (was == now).all()

    estimate_batch_statistics(model, images // 9)
    choice = choose_batch_statistics(model, images, faces)
    assert choice.clean and "accuracy" in choice.chosen_by
    assert model.get_weights()[4] == pytest.approx(before[4])
