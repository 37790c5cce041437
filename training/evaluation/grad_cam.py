"""Grad-CAM saliency maps (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391)."""

from __future__ import annotations

from pathlib import Path

import cv2
import keras
import numpy as np

from training.config import IMAGE_SIZE
from training.data.faces import decode_grey
from training.errors import TrainingError

DRAWN_SIDE = 384


def layer_names(model: keras.Model) -> list[str]:
    """Returns the names of the layers that Grad-CAM can explain: those with outputs `(height, width, channels)`."""
    kinds = (keras.layers.Conv2D, keras.layers.BatchNormalization, keras.layers.MaxPooling2D)
    return [layer.name for layer in model.layers if isinstance(layer, kinds) and len(layer.output.shape) == 4]


def last_convolution(model: keras.Model) -> str:
    """Returns the name of the last convolution, the deepest layer with spatial information."""
    return [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)][-1]


def grad_cam(model: keras.Model, image: np.ndarray, label: int, layer: str) -> np.ndarray:
    """Returns the saliency map of a label: how much each pixel speaks for it.

    The map is the sum of the layer's feature maps, each weighted by the mean gradient of the label's logit with respect
    to it. Negative values, which speak against the label, are set to 0.

    Args:
        model: Functional model that ends in a softmax `Dense` layer. TensorFlow must be Keras' backend.
        image: uint8 array `(48, 48, 1)`.
        label: Index of the label to explain.
        layer: Name of the layer, one of `layer_names(model)`.

    Returns:
        float32 array `(48, 48)`, 0..1; all 0 if nothing speaks for the label.

    Raises:
        TrainingError: If the layer is unknown or Keras has another backend.
    """
    if keras.backend.backend() != "tensorflow":
        raise TrainingError(f"Grad-CAM needs KERAS_BACKEND=tensorflow. Received: {keras.backend.backend()}.")
    if layer not in layer_names(model):
        raise TrainingError(
            f"No layer {layer!r} that Grad-CAM can explain. Known: {', '.join(layer_names(model))}."
        )
    import tensorflow as tf

    last = model.layers[-1]
    up_to_last = keras.Model(model.input, [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        maps, features = up_to_last(image[None].astype(np.float32))
        score = tf.linalg.matvec(tf.transpose(last.kernel), features)[0, label] + last.bias[label]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
    saliency = np.maximum(tf.reduce_sum(weights * maps, axis=-1)[0].numpy(), 0)
    saliency = cv2.resize(saliency, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return (saliency / saliency.max() if saliency.max() > 0 else saliency).astype(np.float32)


def read_face(path: Path) -> np.ndarray:
    """Reads an image of one tightly cropped face as uint8 `(48, 48, 1)`. Raises `TrainingError` if it cannot."""
    try:
        image = decode_grey(path.read_bytes())
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror}).") from error
    if image is None:
        raise TrainingError(
            f"{path} is not a readable image. Expected a tightly cropped face as PNG or JPEG."
        )
    return cv2.resize(image, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA)[..., None]


def draw(image: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """Returns the face and, beside it, the face under its saliency map: uint8 BGR `(384, 768, 3)`."""
    side = (DRAWN_SIDE, DRAWN_SIDE)
    face = cv2.cvtColor(cv2.resize(image, side, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2BGR)
    smooth = np.clip(cv2.resize(saliency, side, interpolation=cv2.INTER_CUBIC), 0, 1)
    colours = cv2.applyColorMap((255 * smooth).astype(np.uint8), cv2.COLORMAP_INFERNO)
    share = 0.65 * smooth[..., None]
    return np.hstack([face, np.rint((1 - share) * face + share * colours).astype(np.uint8)])


def write_image(path: Path, image: np.ndarray) -> None:
    """Writes a BGR image as PNG or JPEG. Raises `TrainingError` if the suffix is wrong or writing fails."""
    suffix = path.suffix.lower()
    if suffix not in {".png", ".jpg", ".jpeg"}:
        raise TrainingError(f"--out must end in .png or .jpg. Received: {path}.")
    try:
        path.write_bytes(cv2.imencode(suffix, image)[1].tobytes())
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error.strerror}).") from error
