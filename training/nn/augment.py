"""Data augmentation as one Keras layer of our own.

Keras' random layers interpolate an image once per operation. This layer composes shift, rotation, zoom and flip into
one resampling, and runs on the training device under any backend.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops, random

from training.config import Augmentation


class Augment(keras.layers.Layer):
    """Augments a batch of grey images in training, and resizes it to the training size.

    Pixels outside the image repeat its edge.

    Args:
        strength: Limits of the random changes.
        image_size: Side of the output in pixels.
        seed: Seed of the layer's own random numbers.
    """

    def __init__(self, strength: Augmentation, *, image_size: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strength = strength
        self.image_size = image_size
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Maps grey images `(n, h, w, 1)`, 0..255, to float32 `(n, image_size, image_size, 1)`, 0..255."""
        images = ops.cast(images, "float32")
        if training:
            images = ops.image.affine_transform(
                images, self._transforms(images), interpolation="bilinear", fill_mode="nearest"
            )
            images = self._erase(self._change_light(images))
        if self.image_size != images.shape[1]:
            images = ops.image.resize(images, (self.image_size, self.image_size), antialias=True)
        return images

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns `(n, image_size, image_size, 1)`."""
        return (input_shape[0], self.image_size, self.image_size, 1)

    def _uniform(self, count: Any, limit: float) -> Any:
        return random.uniform((count,), -limit, limit, seed=self.seed_generator)

    def _transforms(self, images: Any) -> Any:
        """Returns `(n, 8)`: maps from output to input about the image's centre, as `affine_transform` takes them."""
        n, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        strength = self.strength
        angle = self._uniform(n, strength.rotation_deg * math.pi / 180)
        scale_x, scale_y = 1 + self._uniform(n, strength.zoom), 1 + self._uniform(n, strength.zoom)
        mirror = ops.where(self._uniform(n, 1.0) > 0, 1.0, -1.0) if strength.flip else ops.ones((n,))
        a, b = ops.cos(angle) * scale_x * mirror, -ops.sin(angle) * scale_y
        c, d = ops.sin(angle) * scale_x * mirror, ops.cos(angle) * scale_y
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        shift_x = center_x + self._uniform(n, strength.shift * width) - a * center_x - b * center_y
        shift_y = center_y + self._uniform(n, strength.shift * height) - c * center_x - d * center_y
        zero = ops.zeros((n,))
        return ops.stack([a, b, shift_x, c, d, shift_y, zero, zero], axis=1)

    def _change_light(self, images: Any) -> Any:
        strength = self.strength
        if not (strength.brightness or strength.contrast):
            return images
        n = ops.shape(images)[0]
        brightness = ops.reshape(self._uniform(n, strength.brightness), (n, 1, 1, 1))
        contrast = ops.reshape(1 + self._uniform(n, strength.contrast), (n, 1, 1, 1))
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return ops.clip((images - mean) * contrast + mean + brightness, 0.0, 255.0)

    def _erase(self, images: Any) -> Any:
        """Random erasing (Zhong et al. 2020): fills a rectangle, 0.1 to 0.4 of each side, with the image's mean."""
        if not self.strength.erasing:
            return images
        n, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        rows = self._interval_mask(n, height)
        columns = self._interval_mask(n, width)
        chosen = random.uniform((n, 1, 1), seed=self.seed_generator) < self.strength.erasing
        mask = ops.logical_and(chosen, ops.logical_and(rows[:, :, None], columns[:, None, :]))
        return ops.where(mask[..., None], ops.mean(images, axis=(1, 2, 3), keepdims=True), images)

    def _interval_mask(self, n: Any, side: int) -> Any:
        length = random.uniform((n, 1), 0.1 * side, 0.4 * side, seed=self.seed_generator)
        start = random.uniform((n, 1), 0.0, 1.0, seed=self.seed_generator) * (side - length)
        position = ops.arange(side, dtype="float32")[None, :]
        return ops.logical_and(position >= start, position < start + length)
