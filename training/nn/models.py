"""The report's networks as functional Keras models: grey 0..255 in, probabilities out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from training.config import IMAGE_SIZE, LABELS
from training.nn.layers import FusedBatchNormalization, MatmulGradientConv2D


@dataclass(frozen=True)
class ModelOptions:
    """Options of a network; all except `width` keep its architecture.

    Attributes:
        image_size: Side of the input in pixels, 34..49 for Model 2 (its flattened size stays the same).
        dropout: Rate after every block, in [0, 1).
        kernel_l2: L2 penalty on the convolutions' kernels.
        block_dtype: Keras dtype policy of the convolution blocks, which take nearly all of the time. The rest stays
            float32 (training/trainer/device.py).
        fused_norm: Whether the blocks use `FusedBatchNormalization`: faster to train, the same weights.
        matmul_gradient: Whether Model 2's convolutions of small images are `MatmulGradientConv2D`: faster to train
            if `device.has_amx()`, the same weights.
        width: Factor on the filters and units of every layer except the last, rounded to multiples of 8; 1 is the
            report's network.
        softmax: Whether the outputs are probabilities; otherwise raw scores, as the SVM loss takes them. The weights
            are the same.
    """

    image_size: int = IMAGE_SIZE
    dropout: float = 0.25
    kernel_l2: float = 0.0
    block_dtype: str = "float32"
    fused_norm: bool = False
    matmul_gradient: bool = False
    width: float = 1.0
    softmax: bool = True

    def scaled(self, count: int) -> int:
        """Returns a number of filters or units times `width`, as a multiple of 8, which hardware multiplies best."""
        return count if self.width == 1 else max(8, 8 * round(count * self.width / 8))


def build(name: str, options: ModelOptions | None = None) -> keras.Model:
    """Builds a network by name.

    Args:
        name: Key of `MODELS`.
        options: Options of the network. Default: the report's.

    Returns:
        Functional model, input `(n, image_size, image_size, 1)` grey 0..255, output float32 `(n, 7)` probabilities.

    Raises:
        ValueError: If the name is unknown, or the network does not support the image size.
    """
    if name not in MODELS:
        raise ValueError(f"`name` must be one of {', '.join(MODELS)}. Received: name={name!r}")
    return MODELS[name](options or ModelOptions())


def model2(options: ModelOptions) -> keras.Model:
    """Builds Model 2, Table 4.2 of the report: four convolution blocks, two dense layers, 3,841,543 parameters.

    Args:
        options: Options of the network.

    Returns:
        Functional model, see `build`.

    Raises:
        ValueError: If the image size would change the number of parameters.
    """
    if not 34 <= options.image_size <= 49:
        raise ValueError(
            f"`image_size` must be 34..49 for Model 2. Received: image_size={options.image_size}"
        )
    image = keras.Input((options.image_size, options.image_size, 1), name="image")
    x = layers.Rescaling(1 / 255, name="rescale")(image)
    x = _conv(32, 3, options, padding="valid")(x)
    for filters, kernel in ((64, 3), (128, 5), (512, 3), (512, 3)):
        x = _conv(filters, kernel, options, small=filters == 512)(x)
        x = _norm(options)(x)
        x = _pool(x, options)
    x = layers.Flatten(dtype="float32")(x)
    for units in (256, 512):
        x = layers.Dense(options.scaled(units), activation="relu", kernel_initializer="he_normal")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Dropout(options.dropout)(x)
    return keras.Model(image, _output(options)(x), name="model2")


def model1(options: ModelOptions) -> keras.Model:
    """Builds Model 1, Table 4.1 of the report: six small convolutions, all `valid`, 883,559 parameters.

    The table's last row cannot be a dense layer from 1024 to 7. The report's text has one more dense layer with ReLU
    and dropout before the softmax, and Table 4.5 gives 0.88M parameters: 64 units in that layer make 883,559.

    Args:
        options: Options of the network.

    Returns:
        Functional model, see `build`.

    Raises:
        ValueError: If the image size would change the number of parameters.
    """
    if options.image_size != IMAGE_SIZE:
        raise ValueError(f"`image_size` must be 48 for Model 1. Received: image_size={options.image_size}")
    image = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="image")
    x = layers.Rescaling(1 / 255, name="rescale")(image)
    x = _conv(32, 3, options, padding="valid")(x)
    x = _conv(32, 3, options, padding="valid")(x)
    x = _norm(options)(x)
    x = _pool(x, options)
    for filters in (64, 128):
        for _ in range(2):
            x = _conv(filters, 3, options, padding="valid")(x)
            x = _norm(options)(x)
        x = _pool(x, options)
    x = layers.Flatten(dtype="float32")(x)
    x = layers.Dense(options.scaled(1024), activation="relu", kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(options.dropout)(x)
    x = layers.Dense(options.scaled(64), activation="relu", kernel_initializer="he_normal")(x)
    x = layers.Dropout(options.dropout)(x)
    return keras.Model(image, _output(options)(x), name="model1")


def _output(options: ModelOptions) -> layers.Dense:
    return layers.Dense(
        len(LABELS),
        activation="softmax" if options.softmax else None,
        kernel_initializer="he_normal",
        dtype="float32",
        name="probabilities" if options.softmax else "scores",
    )


def _conv(
    filters: int, kernel: int, options: ModelOptions, padding: str = "same", *, small: bool = False
) -> layers.Conv2D:
    kind = MatmulGradientConv2D if small and options.matmul_gradient else layers.Conv2D
    return kind(
        options.scaled(filters),
        kernel,
        padding=padding,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(options.kernel_l2) if options.kernel_l2 else None,
        dtype=options.block_dtype,
    )


def _norm(options: ModelOptions) -> layers.Layer:
    kind = FusedBatchNormalization if options.fused_norm else layers.BatchNormalization
    return kind(dtype=options.block_dtype)


def _pool(x: Any, options: ModelOptions) -> Any:
    """Ends a block: max pooling to half the side, then dropout."""
    x = layers.MaxPooling2D(2, dtype=options.block_dtype)(x)
    return layers.Dropout(options.dropout, dtype=options.block_dtype)(x)


MODELS: dict[str, Callable[[ModelOptions], keras.Model]] = {"model1": model1, "model2": model2}
