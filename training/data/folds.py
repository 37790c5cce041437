"""CK+'s two test protocols, a random split and subject-independent folds, which answer different questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.data.faces import Faces

RANDOM_TEST_SHARE = 0.15
"""The report does not give its share. Two of its three accuracies, 97.97 % and 93.92 %, are 145 and 139 of 148, and 148
is 15 % of the 981 images as scikit-learn's `train_test_split` rounds it."""

PROTOCOLS = (("random", "random", 1), ("subjects", "subjects-*", 10))
"""Name of the protocol, pattern of its folds' folders, number of folds."""


@dataclass(frozen=True)
class Fold:
    """One division into training and test.

    Attributes:
        name: Name of its run folder.
        train: int array of the training images' indices.
        test: int array of the test images' indices, all those not in `train`.
    """

    name: str
    train: np.ndarray
    test: np.ndarray


def random_split(faces: Faces, *, seed: int) -> list[Fold]:
    """Returns the report's protocol, one random split of the images.

    Neighbouring frames of one person fall on both sides, so a network can do well by recognising the person. The
    accuracy is comparable with the report's, but does not measure how well strangers are read.
    """
    order = np.random.default_rng(seed).permutation(len(faces))
    num_test = int(np.ceil(RANDOM_TEST_SHARE * len(faces)))
    return [Fold("random", np.sort(order[num_test:]), np.sort(order[:num_test]))]


def subject_folds(faces: Faces, *, num_folds: int = 10) -> list[Fold]:
    """Returns subject-independent folds: nobody is in both training and test.

    Subjects in ascending order are dealt to the folds in turn, without randomness, as is usual for CK+ (Liu et al.
    2014, https://doi.org/10.1109/CVPR.2014.233).

    Raises:
        ValueError: If the faces have no `groups`, or fewer subjects than folds.
    """
    num_subjects = 0 if faces.groups is None else len(np.unique(faces.groups))
    if faces.groups is None or num_subjects < num_folds:
        raise ValueError(f"`faces` must have at least {num_folds} subjects. Received: {num_subjects}")
    turn = np.unique(faces.groups, return_inverse=True)[1] % num_folds
    return [
        Fold(f"subjects-{number + 1:02}", np.flatnonzero(turn != number), np.flatnonzero(turn == number))
        for number in range(num_folds)
    ]
