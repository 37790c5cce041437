"""Self-distillation: targets that mix noisy labels with the answers of a trained model.

Furlanello et al. 2018, https://arxiv.org/abs/1805.04770, find that a student can do better than a teacher of the same
architecture.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.data.batches import Predict, predict_all, targets
from training.data.faces import Faces


def with_teacher(faces: Faces, predict: Predict, share: float) -> Faces:
    """Mixes a teacher's answers, with test-time augmentation (flip), into the targets of the training images.

    Args:
        faces: The training split. The teacher must not have seen any test image.
        predict: Function from a batch of uint8 images to the teacher's probabilities `(n, 7)`.
        share: Weight of the teacher, in [0, 1]. The rest is the weight of the labels, soft ones if the faces have them.

    Returns:
        The same images and labels with the mixture in `soft`.

    Raises:
        ValueError: If `share` is out of its range.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"`share` must be in [0, 1]. Received: share={share}")
    answers = predict_all(predict, faces.images, flip=True)
    soft = (1 - share) * targets(faces, 0.0) + share * answers
    return replace(faces, soft=soft.astype(np.float32))
