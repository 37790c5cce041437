"""BlazeFace's numbers, worked by hand."""

import numpy as np
import pytest

from webapp.recognition.detection.blazeface import decode, make_anchors, merge


def candidate(x, y, side):
    points = np.zeros((8, 2))
    points[0], points[1], points[2:] = (x, y), (side, side), (x, y)
    return points


def test_anchors_are_the_centres_of_cells():
    anchors = make_anchors(128, 128)
    assert anchors.shape == (896, 2)
    assert anchors[0].tolist() == anchors[1].tolist() == [4, 4]
    assert anchors[2].tolist() == [12, 4]
    assert anchors[32].tolist() == [4, 12]
    assert anchors[512].tolist() == anchors[517].tolist() == [8, 8]
    assert anchors[518].tolist() == [24, 8]
    assert anchors[-1].tolist() == [120, 120]


def test_anchors_of_a_wide_input_run_along_rows():
    anchors = make_anchors(144, 192)
    assert anchors.shape == (18 * 24 * 2 + 9 * 12 * 6, 2)
    assert anchors[47].tolist() == [188, 4]
    assert anchors[48].tolist() == [4, 12]


def test_points_are_relative_to_their_anchor_and_sizes_are_not():
    offsets = np.zeros((2, 16), np.float32)
    offsets[1, :8] = [1, 2, 30, 40, -5, -6, 5, -6]
    points, scores = decode(np.array([-3.0, 0.0]), offsets, np.array([[4, 4], [12, 20]], np.float32), 0.5)
    assert scores.tolist() == [0.5]
    assert points[0, :4].tolist() == [[13, 22], [30, 40], [7, 14], [17, 14]]


def test_faces_without_extent_are_dropped():
    offsets = np.zeros((1, 16), np.float32)
    offsets[0, 2:4] = [10, -1]
    points, scores = decode(np.array([9.0]), offsets, np.zeros((1, 2), np.float32), 0.5)
    assert len(points) == len(scores) == 0


def test_extreme_logits_do_not_overflow():
    _, scores = decode(np.array([-1e9, 1e9]), np.ones((2, 16)), np.zeros((2, 2)), 0.0)
    assert scores == pytest.approx([0, 1])


def test_candidates_of_one_face_are_averaged_by_score():
    points = np.array([candidate(100, 100, 50), candidate(104, 100, 50), candidate(300, 100, 50)])
    (first, first_score), (second, second_score) = merge(points, np.array([0.9, 0.6, 0.7]))
    assert first[0] == pytest.approx([101.6, 100])  # (0.9 * 100 + 0.6 * 104) / 1.5
    assert first_score == 0.9
    assert second[0] == pytest.approx([300, 100])
    assert second_score == 0.7


def test_mouth_taken_for_a_small_face_is_dropped():
    points = np.array([candidate(100, 100, 100), candidate(100, 125, 30)])
    assert len(merge(points, np.array([0.9, 0.8]))) == 1


def test_neighbours_that_touch_stay_two_faces():
    points = np.array([candidate(100, 100, 50), candidate(140, 100, 50)])
    assert len(merge(points, np.array([0.9, 0.8]))) == 2


def test_nothing_merges_to_nothing():
    assert merge(np.empty((0, 8, 2)), np.empty(0)) == []
