"""Self-distillation: a trained model's answers beside the labels, which are noisy, as the next model's targets.

Furlanello et al. 2018, https://arxiv.org/abs/1805.04770: a student of the teacher's own architecture does better.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.data.batches import Predict, predict_all, targets
from training.data.faces import Faces


def with_teacher(faces: Faces, predict: Predict, share: float) -> Faces:
    """Mixes a teacher's answers into the targets of the training images.

    Args:
        faces: The training split; the teacher must have seen no test image either.
        predict: The teacher: a batch of uint8 images in, probabilities `(n, 7)` out.
        share: Weight of the teacher, in [0, 1]; the labels (soft ones, where the faces have them) hold the rest.

    Returns:
        The same images and labels with `soft` targets. The mirrored image is averaged into the teacher's answer.

    Raises:
        ValueError: If `share` is out of its range.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"`share` must be in [0, 1]. Received: share={share}")
    taught = predict_all(predict, faces.images, flip=True)
    soft = (1 - share) * targets(faces, 0.0) + share * taught
    return replace(faces, soft=soft.astype(np.float32))
