"""Batches of images: for training in an order set by seed and epoch, for prediction in their own order."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from training.config import IMAGE_SIZE, Recipe
from training.data.faces import Faces

PREDICTION_BATCH = 256
CROP_SIDE = 44
"""Side of the ten crops, as WuJie1010/Facial-Expression-Recognition.Pytorch cuts them."""
Predict = Callable[[np.ndarray], np.ndarray]
"""Function from a batch of uint8 images `(n, 48, 48, 1)` to probabilities `(n, k)`."""


def targets(faces: Faces, smoothing: float) -> np.ndarray:
    """Returns the training targets.

    Args:
        faces: The training split. Its soft labels are the targets if it has any, otherwise its labels are.
        smoothing: Share of each target spread over all labels, in [0, 1).

    Returns:
        float32 array `(n, k)`, rows sum to 1.
    """
    hard = np.eye(len(faces.names), dtype=np.float32)[faces.labels] if faces.soft is None else faces.soft
    return hard * (1 - smoothing) + smoothing / len(faces.names)


class Batches:
    """One epoch of shuffled batches of images and targets. Images that do not fill a last batch are left out.

    The order follows from the recipe's seed and the epoch alone, so a resumed run sees the same batches.

    Args:
        faces: The training split.
        recipe: Recipe that sets batch size, label smoothing, mixup and seed.
        epoch: 0-based number of the epoch.
    """

    def __init__(self, faces: Faces, recipe: Recipe, *, epoch: int) -> None:
        self._faces = faces
        self._targets = targets(faces, recipe.label_smoothing)
        self._recipe = recipe
        self._batch_size = recipe.batch_size
        self._epoch = epoch
        self._order = np.random.default_rng((recipe.seed, epoch)).permutation(len(faces))

    def __len__(self) -> int:
        return max(1, math.floor(len(self._order) / self._batch_size))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        images, targets = self._faces.images[chosen], self._targets[chosen]
        if not self._recipe.mixup:
            return images, targets
        random = np.random.default_rng((self._recipe.seed, self._epoch, index))
        return mixup(images, targets, self._recipe.mixup, random)


def mixup(
    images: np.ndarray, targets: np.ndarray, strength: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Blends each image, and its target, with another of the batch (mixup, Zhang et al. 2018).

    Args:
        images: uint8 array `(n, h, w, 1)`.
        targets: float array `(n, k)`.
        strength: Both parameters of the Beta distribution of the blend's share, > 0.
        random: Generator of the shares and partners.

    Returns:
        uint8 images and float32 targets, of which each image itself makes up at least half.
    """
    share = random.beta(strength, strength, len(images)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    partner = random.permutation(len(images))
    weight = share[:, None, None, None]
    blended = weight * images + (1 - weight) * images[partner]
    return (
        np.rint(blended).astype(np.uint8),
        (share[:, None] * targets + (1 - share[:, None]) * targets[partner]).astype(np.float32),
    )


def predict_all(predict: Predict, images: np.ndarray, *, flip: bool = False) -> np.ndarray:
    """Predicts any number of images in batches.

    Args:
        predict: Function from a batch of images to probabilities.
        images: uint8 array `(n, 48, 48, 1)`, grey 0..255.
        flip: Whether to average the answers to each image and its mirror image (test-time augmentation).

    Returns:
        float array `(n, k)`.
    """
    chunks = [images[i : i + PREDICTION_BATCH] for i in range(0, len(images), PREDICTION_BATCH)]
    plain = np.concatenate([np.asarray(predict(chunk)) for chunk in chunks])
    return (plain + predict_all(predict, images[:, :, ::-1])) / 2 if flip else plain


def predict_ten_crops(predict: Predict, images: np.ndarray, *, side: int = CROP_SIDE) -> np.ndarray:
    """Averages the answers to five crops of each image, its corners and its middle, and to their mirror images.

    Args:
        predict: Function from a batch of images to probabilities.
        images: uint8 array `(n, 48, 48, 1)`, grey 0..255.
        side: Side of the crops in pixels, in [1, 48]; they are enlarged to 48 again.

    Returns:
        float array `(n, k)`.
    """
    end = IMAGE_SIZE - side
    corners = ((0, 0), (0, end), (end, 0), (end, end), (end // 2, end // 2))
    crops = (images[:, top : top + side, left : left + side] for top, left in corners)
    return np.mean([predict_all(predict, _enlarged(crop), flip=True) for crop in crops], axis=0)


def _enlarged(crops: np.ndarray) -> np.ndarray:
    size = (IMAGE_SIZE, IMAGE_SIZE)
    return np.stack([cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR) for crop in crops])[..., None]
