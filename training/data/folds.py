"""CK+'s two test protocols, a random split and subject-independent folds, which answer different questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.data.faces import Faces

RANDOM_TEST_SHARE = 0.15
"""The report does not give its share. Two of its three accuracies, 97.97 % and 93.92 %, are 145 and 139 of 148, and 148
is 15 % of the 981 images as scikit-learn's `train_test_split` rounds it."""

VALIDATION_SHARE = RANDOM_TEST_SHARE
"""Share of the random split's training images that choose the epoch, where a recipe asks for that."""

PROTOCOLS = (("random", "random", 1), ("subjects", "subjects-*", 10))
"""Name of the protocol, pattern of its folds' folders, number of folds."""


@dataclass(frozen=True)
class Fold:
    """One division into training, test and, where the epoch is chosen, validation.

    Attributes:
        name: Name of its run folder.
        train: int array of the training images' indices.
        test: int array of the test images' indices.
        validation: int array of the indices of the images that choose the epoch; `None` if the last epoch counts.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    validation: np.ndarray | None = None


def random_split(faces: Faces, *, seed: int, validated: bool = False) -> list[Fold]:
    """Returns the report's protocol, one random split of the images.

    Neighbouring frames of one person fall on both sides, so a network can do well by recognising the person. The
    accuracy is comparable with the report's, but does not measure how well strangers are read.

    Args:
        faces: The whole data set.
        seed: Seed of the split. The test images are the same with and without validation.
        validated: Whether a part of the training images chooses the epoch instead of training.
    """
    order = np.random.default_rng(seed).permutation(len(faces))
    num_test = int(np.ceil(RANDOM_TEST_SHARE * len(faces)))
    test, train = order[:num_test], order[num_test:]
    if not validated:
        return [Fold("random", np.sort(train), np.sort(test))]
    num_validation = int(np.ceil(VALIDATION_SHARE * len(train)))
    chosen, train = train[:num_validation], train[num_validation:]
    return [Fold("random", np.sort(train), np.sort(test), np.sort(chosen))]


def subject_folds(faces: Faces, *, num_folds: int = 10, validated: bool = False) -> list[Fold]:
    """Returns subject-independent folds: nobody is in both training and test.

    Subjects in ascending order are dealt to the folds in turn, without randomness, as is usual for CK+ (Liu et al.
    2014, https://doi.org/10.1109/CVPR.2014.233). Where the epoch is chosen, the next fold's people choose it.

    Raises:
        ValueError: If the faces have no `groups`, or fewer subjects than folds.
    """
    num_subjects = 0 if faces.groups is None else len(np.unique(faces.groups))
    if faces.groups is None or num_subjects < num_folds:
        raise ValueError(f"`faces` must have at least {num_folds} subjects. Received: {num_subjects}")
    turn = np.unique(faces.groups, return_inverse=True)[1] % num_folds
    folds = []
    for number in range(num_folds):
        test, next_fold = turn == number, turn == (number + 1) % num_folds
        train = ~(test | next_fold) if validated else ~test
        validation = np.flatnonzero(next_fold) if validated else None
        folds.append(
            Fold(f"subjects-{number + 1:02}", np.flatnonzero(train), np.flatnonzero(test), validation)
        )
    return folds
