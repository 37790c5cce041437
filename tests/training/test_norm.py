import keras
import numpy as np
import pytest

from training.nn.layers import FusedBatchNormalization


@pytest.mark.parametrize("shape", [(8, 6, 6, 3), (4, 2, 2, 5)])
def test_fused_normalisation_gives_what_keras_own_gives(shape):
    random = np.random.default_rng(0)
    batches = [random.normal(3, 2, shape).astype("float32") for _ in range(3)]
    layers = [kind() for kind in (keras.layers.BatchNormalization, FusedBatchNormalization)]
    outputs = [[np.asarray(layer(batch, training=True)) for batch in batches] for layer in layers]
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-4)
    for plain, fused in zip(layers[0].weights, layers[1].weights, strict=True):
        np.testing.assert_allclose(np.asarray(plain), np.asarray(fused), atol=1e-5)
    np.testing.assert_allclose(
        *(np.asarray(layer(batches[0], training=False)) for layer in layers), atol=1e-5
    )


def test_a_training_step_moves_the_same_way():
    random = np.random.default_rng(1)
    images = random.normal(0, 1, (16, 8, 8, 1)).astype("float32")
    targets = random.normal(0, 1, (16, 2)).astype("float32")
    after = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        keras.utils.set_random_seed(3)
        image = keras.Input((8, 8, 1))
        x = kind()(keras.layers.Conv2D(4, 3)(image))
        model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
        model.compile("sgd", "mse", jit_compile=False)
        for _ in range(3):
            model.train_on_batch(images, targets)
        after.append(model.get_weights())
    for plain, fused in zip(*after, strict=True):
        np.testing.assert_allclose(plain, fused, atol=1e-4)
