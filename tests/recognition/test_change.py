"""Whether a frame or a face has changed, told from means of brightness."""

import numpy as np
import pytest

from webapp.core.geometry import Box
from webapp.recognition.change import (
    SAME_LEVELS,
    face_means,
    frame_cells,
    has_moved,
    is_same_face,
    watched_cells,
)

SIZE = (640, 480)
FACE = Box(240, 140, 160, 200)


def scene(*, noise=0, level=90, seed=0):
    random = np.random.default_rng(seed)
    rgb = np.full((480, 640, 3), level, np.float32) + random.normal(0, max(noise, 1e-6), (480, 640, 3))
    return np.clip(rgb, 0, 255).astype(np.uint8)


def test_noise_and_exposure_are_no_movement():
    before = frame_cells(scene(noise=8))
    assert not has_moved(before, frame_cells(scene(noise=8, seed=1)), [], SIZE)
    assert not has_moved(before, frame_cells(scene(noise=8, seed=1, level=140)), [], SIZE)


@pytest.mark.parametrize(
    ("place", "seen_beside_a_face"),
    [
        (np.s_[150:300, 0:80], True),  # at the left edge
        (np.s_[150:300, 560:640], True),
        (np.s_[0:80, 560:640], True),  # at the upper edge
        (np.s_[400:480, 240:400], False),  # below the face: the person's own shoulders
        (np.s_[180:300, 250:390], False),  # the face itself
    ],
)
def test_a_newcomer_is_noticed_at_the_edges_and_anywhere_in_an_empty_frame(place, seen_beside_a_face):
    before, changed = scene(), scene()
    changed[place] = 160
    cells = frame_cells(before), frame_cells(changed)
    assert has_moved(*cells, [], SIZE)
    assert has_moved(*cells, [FACE], SIZE) == seen_beside_a_face


def test_cells_near_a_known_face_at_the_edge_are_its_own():
    at_edge = Box(0, 100, 160, 200)
    assert not watched_cells([at_edge], SIZE)[2, 0]
    assert watched_cells([FACE], SIZE)[2, 0]


def test_a_face_is_the_same_within_noise_and_another_with_another_mouth():
    random = np.random.default_rng(0)
    crop = random.integers(60, 190, (48, 48, 1)).astype(np.float32)
    noisy = np.clip(crop + random.normal(0, 4, crop.shape), 0, 255)
    smile = crop.copy()
    smile[32:40, 14:34] += 12
    means = face_means(np.stack([crop, noisy, smile]).astype(np.uint8))
    assert means.shape == (3, 64)
    assert is_same_face(means[0], means[1])
    assert not is_same_face(means[0], means[2])


def test_means_are_of_blocks_of_six_by_six_pixels():
    crop = np.zeros((1, 48, 48, 1), np.uint8)
    crop[0, 6:12, 12:18] = 100
    means = face_means(crop)[0].reshape(8, 8)
    assert means[1, 2] == 100
    assert means.sum() == 100
    assert SAME_LEVELS < 100


def test_no_faces_have_no_means():
    assert face_means(np.empty((0, 48, 48, 1), np.uint8)).shape == (0, 64)
