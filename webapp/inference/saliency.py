"""Saliency maps of a Keras model: where in a face it saw what supports a label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

MIN_CELLS = 8
"""Sides of the feature map that is looked at: finer ones scatter, coarser ones cannot tell an eye from a cheek."""

TINY = 1e-12


def make_heat(
    model: Any, input_shape: tuple[int, int, int]
) -> Callable[[np.ndarray, int], np.ndarray] | None:
    """Returns a function `(crop, label) -> heat`, traced and warm; callable from several threads.

    Grad-CAM in its element-wise form (HiResCAM): each cell of a feature map times how much the label would gain from
    more of it, summed over channels, what speaks against the label left out. Grad-CAM proper first averages what the
    label would gain over the whole map; a model that flattens its last map treats places differently, and the average
    then points beside what matters (`python -m benchmarks.recognition.saliency`). The gain is that of the label's logit
    over the mean of all, read back from the probabilities, so a certain answer can be explained as well as a doubtful
    one. The map of the mirrored image, mirrored back, is averaged in: what lies on one side of a face by chance goes,
    and blurring what stays lowers the label's probability more (the same benchmark).

    Args:
        model: Functional Keras model, `(n, height, width, channels)` to probabilities `(n, num_labels)`.
        input_shape: Height, width and channels.

    Returns:
        uint8 `(height, width, channels)` and an index give float32 `(rows, columns)`, 0..1; all 0 if nothing speaks
        for the label. `None` for a model without feature maps.

    Reference:
        Selvaraju et al. 2017, Grad-CAM; Draelos and Carin 2020, Use HiResCAM instead of Grad-CAM.
    """
    import keras

    layer = _choose_layer(model)
    if layer is None:
        return None
    if keras.backend.backend() == "jax":
        explain = _make_jax_heat(model, layer)
    else:
        explain = _make_tensorflow_heat(model, layer, input_shape)
    explain(np.zeros(input_shape, np.uint8), 0)
    return explain


def _make_tensorflow_heat(
    model: Any, layer: Any, input_shape: tuple[int, int, int]
) -> Callable[[np.ndarray, int], np.ndarray]:
    import keras
    import tensorflow as tf

    both = keras.Model(model.inputs, [layer.output, model.output])

    def step(crops: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        heat = draw_mirrored_heat(both, tf.cast(crops, tf.float32), label[tf.newaxis])[0]
        return tf.cast(tf.math.divide_no_nan(heat, tf.reduce_max(heat)), tf.float32)

    traced = tf.function(step).get_concrete_function(
        tf.TensorSpec((1, *input_shape), tf.uint8), tf.TensorSpec((), tf.int32)
    )

    return lambda crop, label: np.asarray(traced(tf.constant(crop[np.newaxis]), tf.constant(label, tf.int32)))


def _make_jax_heat(model: Any, layer: Any) -> Callable[[np.ndarray, int], np.ndarray]:
    import jax
    import jax.numpy as jnp
    import keras

    front, rest = keras.Model(model.inputs, layer.output), keras.Model(layer.output, model.output)
    weights = [
        [[v.value for v in some] for some in (part.trainable_variables, part.non_trainable_variables)]
        for part in (front, rest)
    ]

    def gain(cells: Any, label: Any) -> Any:
        logs = jnp.log(rest.stateless_call(*weights[1], cells, training=False)[0][0] + TINY)
        return logs[label] - logs.mean()

    def draw(crop: Any, label: Any) -> Any:
        cells = front.stateless_call(*weights[0], crop[None].astype("float32"), training=False)[0]
        return jnp.maximum((jax.grad(gain)(cells, label) * cells).sum(axis=-1), 0)[0]

    @jax.jit
    def step(crop: Any, label: Any) -> Any:
        heat = draw(crop, label) + draw(crop[:, ::-1], label)[:, ::-1]
        return heat / jnp.maximum(heat.max(), TINY)

    return lambda crop, label: np.asarray(step(crop, label), np.float32)


def draw_heat(both: Any, pixels: Any, labels: Any, *, average: bool = False) -> Any:
    """Returns how much each cell of a feature map speaks for a label: float32 tensor `(n, rows, columns)`, 0 or more.

    Args:
        both: Keras model from pixels to the feature map and the probabilities.
        pixels: float32 tensor `(n, height, width, channels)`.
        labels: int32 tensor `(n,)`, one label for each image.
        average: Whether gains are averaged over the whole map first, as in Grad-CAM proper.
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(pixels)  # also where no weight stands before the map
        cells, probs = both(pixels, training=False)
        logs = tf.math.log(probs + TINY)
        gain = tf.reduce_sum(tf.gather(logs, labels, batch_dims=1) - tf.reduce_mean(logs, axis=1))
    gains = tape.gradient(gain, cells)
    if average:
        gains = tf.reduce_mean(gains, axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(gains * cells, axis=-1))


def draw_mirrored_heat(both: Any, pixels: Any, labels: Any) -> Any:
    """Returns the mean of `draw_heat` for images and for their mirror images, mirrored back; see there."""
    import tensorflow as tf

    mirrored = draw_heat(both, pixels[:, :, ::-1], labels)
    return (draw_heat(both, pixels, labels) + tf.reverse(mirrored, axis=[2])) / 2


def _choose_layer(model: Any) -> Any | None:
    """Returns the last layer whose feature map has `MIN_CELLS` a side, else the last with any; `None` without one.

    A map is smaller than the picture: what is as large may be the picture itself.
    """
    sides = model.input_shape[1:3]
    maps = [x for x in model.layers if len(x.output.shape) == 4 and x.output.shape[1:3] != sides]
    fine = [layer for layer in maps if min(layer.output.shape[1:3]) >= MIN_CELLS]
    return (fine or maps or [None])[-1]
