"""Data augmentation as one Keras layer of our own.

Keras' random layers interpolate an image once per operation. This layer composes shift, rotation, zoom and flip into
one resampling, and runs on the training device under any backend.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops, random

from training.config import Augmentation

FEWER_PIXELS = (0.35, 0.5, 0.7)
JPEG_QUALITY = (25.0, 85.0)
# Table K.1 of ITU-T T.81: the steps of luminance at quality 50, by vertical and horizontal frequency.
JPEG_STEPS = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
COSINES = np.array(
    [
        [math.sqrt((2 if u else 1) / 8) * math.cos((2 * x + 1) * u * math.pi / 16) for x in range(8)]
        for u in range(8)
    ],
    np.float32,
)
"""The discrete cosine transform of eight values as a matrix, one frequency per row."""


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
            images = self._erase(self._photograph(self._change_light(images)))
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

    def _photograph(self, images: Any) -> Any:
        """What a webcam does to a face: few pixels, a dark room, noise, compression."""
        strength = self.strength
        if strength.small:
            images = ops.where(self._chosen(images, strength.small), self._from_fewer_pixels(images), images)
        if strength.gamma:
            exponent = ops.exp(self._uniform(ops.shape(images)[0], strength.gamma))[:, None, None, None]
            images = 255.0 * ops.power(images / 255.0, exponent)
        if strength.noise:
            level = self._uniform(ops.shape(images)[0], strength.noise)[:, None, None, None]
            normal = random.normal(ops.shape(images), seed=self.seed_generator)
            images = ops.clip(images + level * normal, 0.0, 255.0)
        if strength.jpeg:
            images = ops.where(self._chosen(images, strength.jpeg), self._compressed(images), images)
        return images

    def _chosen(self, images: Any, probability: float) -> Any:
        return random.uniform((ops.shape(images)[0], 1, 1, 1), seed=self.seed_generator) < probability

    def _from_fewer_pixels(self, images: Any) -> Any:
        """Shrinks each image to one of three sizes and enlarges it again."""
        side = images.shape[1]
        pick = random.uniform((ops.shape(images)[0], 1, 1, 1), seed=self.seed_generator)
        results = []
        for share in FEWER_PIXELS:
            small = ops.image.resize(images, (round(side * share),) * 2, antialias=True)
            results.append(ops.image.resize(small, (side, side)))
        return ops.where(pick < 1 / 3, results[0], ops.where(pick < 2 / 3, results[1], results[2]))

    def _compressed(self, images: Any) -> Any:
        """Rounds the cosine transforms of 8 x 8 blocks as JPEG does; sides must be multiples of 8."""
        n, blocks = ops.shape(images)[0], images.shape[1] // 8
        low, high = JPEG_QUALITY
        quality = random.uniform((n, 1, 1, 1, 1), low, high, seed=self.seed_generator)
        scale = ops.where(quality < 50, 50.0 / quality, 2.0 - quality / 50.0)
        steps = ops.maximum(1.0, scale * JPEG_STEPS[None, None, :, None, :])
        tiles = ops.reshape(images - 128.0, (n, blocks, 8, blocks, 8))
        waves = ops.einsum("ua,nbacd,vd->nbucv", COSINES, tiles, COSINES)
        waves = ops.round(waves / steps) * steps
        tiles = ops.einsum("ua,nbucv,vd->nbacd", COSINES, waves, COSINES)
        return ops.clip(ops.reshape(tiles, ops.shape(images)) + 128.0, 0.0, 255.0)

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
