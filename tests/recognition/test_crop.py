"""Crops: which part of the picture, to the pixel."""

import math

import numpy as np
import pytest

from webapp.core.geometry import Box
from webapp.inference import CropRule
from webapp.recognition.crop import EYES_DROP, EYES_SIDE, Square, cut_faces, cut_square, face_square
from webapp.recognition.detection.face import Face

LEVEL = Face(Box(100, 80, 60, 40), 0.9, ((115.0, 95.0), (145.0, 95.0)))
TILTED = Face(Box(100, 80, 60, 60), 0.9, ((120.0, 90.0), (140.0, 110.0)))


@pytest.fixture
def picture():
    row, column = np.indices((200, 300))
    grey = ((row * 7 + column * 3) % 256).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (CropRule(), Square(130, 100, 60)),
        (CropRule(margin=0.1), Square(130, 100, 72)),
        (CropRule(margin=-0.25), Square(130, 100, 30)),
        (CropRule(rise=0.1), Square(130, 94, 60)),
        (CropRule("eyes"), Square(130, 95 + EYES_DROP * 30, EYES_SIDE * 30)),
    ],
)
def test_square_of_a_level_face_is_worked_by_hand(rule, expected):
    square = face_square(LEVEL, rule)
    assert (square.x, square.y, square.side, square.angle) == pytest.approx(
        (expected.x, expected.y, expected.side, 0.0)
    )


def test_aligned_square_turns_with_the_eyes():
    square = face_square(TILTED, CropRule(align=True))
    assert (square.x, square.y, square.side) == pytest.approx((130, 110, 60))
    assert square.angle == pytest.approx(math.pi / 4)


def test_rise_follows_the_tilt():
    square = face_square(TILTED, CropRule(align=True, rise=0.1))
    assert (square.x, square.y) == pytest.approx((130 + 6 / math.sqrt(2), 110 - 6 / math.sqrt(2)))


def test_square_by_the_eyes_lies_below_them_along_the_tilt():
    square = face_square(TILTED, CropRule("eyes"))
    drop = EYES_DROP * math.hypot(20, 20) / math.sqrt(2)
    assert (square.x, square.y) == pytest.approx((130 - drop, 100 + drop))
    assert square.angle == 0


@pytest.mark.parametrize("rule", [CropRule(align=True), CropRule("eyes", align=True)])
def test_face_without_eyes_gets_the_upright_square_of_its_box(rule):
    assert face_square(Face(LEVEL.box, 1.0), rule) == Square(130, 100, 60)


def test_crop_at_its_own_size_is_the_picture_itself(picture):
    crop = cut_square(picture[..., 0], Square(100, 90, 48), 48)
    assert np.array_equal(crop, picture[66:114, 76:124, 0])


def test_shrinking_averages_areas(picture):
    crop = cut_square(picture[..., 0], Square(144, 96, 96), 48)
    region = picture[48:144, 96:192, 0].astype(float).reshape(48, 2, 48, 2).mean(axis=(1, 3))
    assert crop.astype(float) == pytest.approx(region, abs=0.51)


def test_quarter_turn_is_exact(picture):
    crop = cut_square(picture[..., 0], Square(100, 90, 48, math.pi / 2), 48)
    assert np.array_equal(crop, np.rot90(picture[66:114, 76:124, 0], 1))


def test_beyond_the_edge_the_edge_repeats(picture):
    crop = cut_square(picture[..., 0], Square(0, 0, 48), 48)
    assert np.array_equal(crop[24:, 24:], picture[:24, :24, 0])
    assert (crop[:24, :24] == picture[0, 0, 0]).all()
    assert np.array_equal(crop[24:, 0], picture[:24, 0, 0])


def test_every_face_is_cut_from_the_untouched_picture(picture):
    faces = [Face(Box(10 * n, 5 * n, 50, 50), 0.9) for n in range(6)]
    before = picture.copy()
    together = cut_faces(picture, faces, CropRule(margin=0.2))
    alone = np.concatenate([cut_faces(picture, [face], CropRule(margin=0.2)) for face in faces])
    assert np.array_equal(together, alone)
    assert np.array_equal(picture, before)
    assert together.shape == (6, 48, 48, 1)
    assert together.dtype == np.uint8


def test_colours_become_grey_by_luma():
    red = np.zeros((60, 60, 3), np.uint8)
    red[..., 0] = 200
    crop = cut_faces(red, [Face(Box(5, 5, 50, 50), 0.9)], CropRule())
    assert np.unique(crop).tolist() == [60]  # 0.299 * 200


def test_no_faces_give_no_crops(picture):
    assert cut_faces(picture, [], CropRule()).shape == (0, 48, 48, 1)


@pytest.mark.parametrize("box", [Box(0, 0, 0.3, 0.3), Box(-500, -500, 40, 40), Box(-1000, -1000, 3000, 3000)])
def test_odd_boxes_still_give_a_crop(picture, box):
    assert cut_faces(picture, [Face(box, 0.5)], CropRule()).shape == (1, 48, 48, 1)


def test_corners_of_a_turned_square_go_round_as_the_model_sees_them():
    upright = Square(10, 20, 4)
    assert upright.corners == ((8, 18), (12, 18), (12, 22), (8, 22))
    quarter = Square(10, 20, 4, np.pi / 2)  # its x axis points down
    assert np.array(quarter.corners) == pytest.approx(np.array([(12, 18), (12, 22), (8, 22), (8, 18)]))
