import keras
import numpy as np
import pytest

from training.nn.layers import MatmulGradientConv2D
from training.nn.models import ModelOptions, build
from training.trainer import device


@pytest.mark.parametrize(("shape", "kernel"), [((4, 6, 5, 3), 3), ((3, 7, 7, 2), 5)])
def test_images_and_gradients_are_those_of_keras_own_convolution(shape, kernel):
    random = np.random.default_rng(0)
    images, targets = random.normal(0, 1, shape), random.normal(0, 1, (*shape[:3], 4))
    outputs, after = [], []
    for kind in (keras.layers.Conv2D, MatmulGradientConv2D):
        keras.utils.set_random_seed(3)
        image = keras.Input(shape[1:])
        first = keras.layers.Conv2D(3, 1)  # learns by the gradient for the images
        layer = kind(4, kernel, padding="same", activation="relu")
        model = keras.Model(image, layer(first(image)))
        model.compile(keras.optimizers.SGD(0.5), "mse", jit_compile=False)
        outputs.append(model.predict_on_batch(images))
        for _ in range(3):
            model.train_on_batch(images, targets)
        after.append(model.get_weights())
    np.testing.assert_allclose(*outputs, atol=1e-5)
    for plain, products in zip(*after, strict=True):
        assert plain.shape == products.shape
        np.testing.assert_allclose(plain, products, atol=1e-5)


def test_model2_uses_it_for_small_images_only_and_keeps_its_weights():
    plain, products = (build("model2", ModelOptions(matmul_gradient=on)) for on in (False, True))
    assert [weight.shape for weight in plain.weights] == [weight.shape for weight in products.weights]
    sides = [layer.input.shape[1] for layer in products.layers if isinstance(layer, MatmulGradientConv2D)]
    assert sides == [11, 5]


@pytest.mark.parametrize(
    ("flags", "gpus", "wanted"),
    [({"amx_bf16"}, 0, True), ({"avx512_bf16"}, 0, False), ({"amx_bf16"}, 1, False)],
)
def test_only_a_cpu_with_amx_uses_it(flags, gpus, wanted, monkeypatch):
    monkeypatch.setattr(device, "cpu_flags", lambda: flags)
    monkeypatch.setattr(device, "num_gpus", lambda: gpus)
    assert device.has_amx() is wanted
