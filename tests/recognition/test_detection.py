"""The detector on a free portrait, on scenes without a face, and from many threads at once."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import skimage.data

from webapp.core.geometry import Box, iou
from webapp.errors import DetectorError
from webapp.recognition.detection.blazeface import BlazeFaceDetector, Passes, fit_into_input, load_detector

FACE = Box(174, 70, 106, 106)
"""Where the astronaut's face is in her 512 x 512 portrait: from brow to chin, judged by eye."""


@pytest.fixture(scope="module")
def detector():
    return load_detector(SimpleNamespace(detect_threshold=0.65))


@pytest.fixture(scope="module")
def astronaut():
    return skimage.data.astronaut()


def scene_with(portrait, scale, x, y, size=(480, 640)):
    """Pastes a portrait, scaled, on a grey wall; returns the scene and where the face is."""
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rgb = np.full((*size, 3), 150, np.uint8)
    part = small[: size[0] - y, : size[1] - x]
    rgb[y : y + part.shape[0], x : x + part.shape[1]] = part
    return rgb, Box(x + FACE.x * scale, y + FACE.y * scale, FACE.w * scale, FACE.h * scale)


def test_one_face_is_found_where_it_is(detector, astronaut):
    (face,) = detector.detect(astronaut)
    assert iou(face.box, FACE) > 0.7
    assert 0.65 <= face.score <= 1
    (right_x, right_y), (left_x, left_y) = face.eyes
    assert (right_x, right_y) == pytest.approx((204, 107), abs=8)
    assert (left_x, left_y) == pytest.approx((244, 107), abs=8)


@pytest.mark.parametrize("width", [36, 48, 64, 96])
def test_small_face_in_a_camera_frame_is_found(detector, astronaut, width):
    scene, place = scene_with(astronaut, width / FACE.w, 300, 120)
    (face,) = detector.detect(scene)
    assert iou(face.box, place) > 0.5


@pytest.mark.parametrize(("width", "sides"), [(36, (256, 80)), (64, (128,))])
def test_small_face_needs_the_pass_for_small_faces(astronaut, width, sides):
    scene, _ = scene_with(astronaut, width / FACE.w, 300, 120)
    assert BlazeFaceDetector(passes=Passes(sides)).detect(scene) == []


def test_face_that_fills_the_image_is_found(detector, astronaut):
    tight = astronaut[66:186, 166:290]
    (face,) = detector.detect(tight)
    assert iou(face.box, Box(FACE.x - 166, FACE.y - 66, FACE.w, FACE.h)) > 0.6


def test_face_that_fills_the_image_needs_the_pass_for_large_faces(astronaut):
    assert BlazeFaceDetector(passes=Passes(sides=(256, 384))).detect(astronaut[66:186, 166:290]) == []


class RecordingDetector(BlazeFaceDetector):
    """Notes at which sizes it looked."""

    def _look(self, rgb, side):
        self.__dict__.setdefault("looked", []).append(side)
        return super()._look(rgb, side)


@pytest.mark.parametrize(("certain_score", "looked"), [(0.7, [256]), (1.1, [256, 80, 384])])
def test_passes_go_on_until_a_face_is_certain(astronaut, certain_score, looked):
    detector = RecordingDetector(passes=Passes(certain_score=certain_score))
    assert len(detector.detect(scene_with(astronaut, 0.9, 40, 20)[0])) == 1
    assert detector.looked == looked


@pytest.mark.parametrize(
    ("part", "looked"),
    [
        (np.s_[40:220, 140:320], [80]),  # a face that fills the square
        (np.s_[:, :], [80, 256]),  # a smaller one is looked at again
    ],
)
def test_a_square_image_is_searched_for_a_near_face_first(astronaut, part, looked):
    detector = RecordingDetector()
    assert len(detector.detect(astronaut[part])) == 1
    assert detector.looked == looked


def test_upright_and_wide_frames_give_the_same_face(detector, astronaut):
    wide, place = scene_with(astronaut, 0.8, 600, 100, size=(720, 1280))
    tall, _ = scene_with(astronaut, 0.8, 100, 600, size=(1280, 720))
    (first,), (second,) = detector.detect(wide), detector.detect(tall)
    assert iou(first.box, place) > 0.6
    moved = Box(second.box.x + 500, second.box.y - 500, second.box.w, second.box.h)
    assert iou(first.box, moved) > 0.7


def test_several_faces_come_largest_first(detector, astronaut):
    rgb = np.full((480, 900, 3), 150, np.uint8)
    places = []
    for x, scale in ((0, 0.6), (320, 0.9)):
        scene, place = scene_with(astronaut, scale, 0, 0, size=(480, 480))
        rgb[:, x : x + 480] = scene
        places.append(Box(place.x + x, place.y, place.w, place.h))
    large, small = detector.detect(rgb)
    assert iou(large.box, places[1]) > 0.6
    assert iou(small.box, places[0]) > 0.6


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (48, 48), (1, 1), (2, 900)])
def test_blank_image_has_no_face(detector, shape):
    for level in (0, 127, 255):
        assert detector.detect(np.full((*shape, 3), level, np.uint8)) == []


def test_noise_has_no_face(detector):
    noise = np.random.default_rng(5).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert detector.detect(noise) == []


@pytest.mark.parametrize("name", ["coffee", "rocket", "brick", "grass", "page", "clock"])
def test_scene_without_people_has_no_face(detector, name):
    image = getattr(skimage.data, name)()
    rgb = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image
    assert detector.detect(np.ascontiguousarray(rgb)) == []


def test_many_threads_get_the_answers_of_one(detector, astronaut):
    scenes = [scene_with(astronaut, scale, 40, 20)[0] for scale in (0.3, 0.5, 0.7, 0.9)] * 8
    alone = [detector.detect(scene) for scene in scenes]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(detector.detect, scenes))
    assert together == alone


def test_failed_image_does_no_harm_to_the_next(astronaut):
    detector = BlazeFaceDetector()
    for _ in range(3):
        with pytest.raises(cv2.error):
            detector.detect(np.zeros((48, 48, 4, 2), np.uint8))
    assert len(detector.detect(astronaut)) == 1


def test_image_is_left_untouched(detector, astronaut):
    before = astronaut.copy()
    detector.detect(astronaut)
    assert np.array_equal(before, astronaut)


def test_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(DetectorError, match="missing: expected .*none.onnx. Put the file back."):
        BlazeFaceDetector(tmp_path / "none.onnx")


def test_broken_model_says_what_to_do(tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no model at all" * 100)
    with pytest.raises(DetectorError, match="cannot read .*broken.onnx.* Put the right file back."):
        BlazeFaceDetector(path)


def test_threshold_is_the_operators(astronaut):
    assert load_detector(SimpleNamespace(detect_threshold=0.999)).detect(astronaut) == []


@pytest.mark.parametrize(
    ("shape", "side", "canvas"),
    [((480, 640), 192, (144, 192)), ((480, 640), 80, (128, 128)), ((90, 1600), 384, (128, 384))],
)
def test_canvas_fits_the_network_and_keeps_the_middle(shape, side, canvas):
    rgb = np.zeros((*shape, 3), np.uint8)
    made, scale, corner = fit_into_input(rgb, side)
    assert made.shape == (*canvas, 3)
    middle = np.array([shape[1], shape[0]]) / 2 * scale + corner
    assert middle == pytest.approx(np.array([canvas[1], canvas[0]]) / 2, abs=0.5)
    assert set(np.unique(made)) <= {0, 127}  # the network's zero around the image
    assert (made == 0).all(axis=2).sum() == round(shape[0] * scale[1]) * round(shape[1] * scale[0])


def test_a_known_face_is_followed_to_where_it_is_now(detector, astronaut):
    before, _ = scene_with(astronaut, 0.9, 60, 10)
    after, place = scene_with(astronaut, 0.95, 90, 20)
    (known,) = detector.detect(before)
    (face,) = detector.follow(after, [known])
    (searched,) = detector.detect(after)
    assert iou(face.box, place) > 0.7
    assert iou(face.box, searched.box) > 0.85
    assert np.array(face.eyes) == pytest.approx(np.array(searched.eyes), abs=4)


def test_faces_are_followed_in_their_order_up_to_the_edge(detector, astronaut):
    rgb, large = scene_with(astronaut, 0.8, 0, 0)
    small_rgb, small = scene_with(astronaut, 0.5, 384, 0)
    rgb[:, 400:] = small_rgb[:, 400:]
    known = detector.detect(rgb)[::-1]
    assert len(known) == 2
    first, second = detector.follow(rgb, known)
    assert iou(first.box, small) > 0.6
    assert iou(second.box, large) > 0.6


def test_a_face_that_has_gone_or_jumped_is_not_followed(detector, astronaut):
    before, _ = scene_with(astronaut, 0.9, 20, 0)
    known = detector.detect(before)
    assert detector.follow(np.full((480, 640, 3), 150, np.uint8), known) is None
    assert detector.follow(scene_with(astronaut, 0.9, 190, 0)[0], known) is None
    assert detector.follow(np.zeros((40, 40, 3), np.uint8), known) is None  # beyond a smaller picture


def test_two_known_faces_do_not_become_one(detector, astronaut):
    scene, _ = scene_with(astronaut, 0.9, 20, 0)
    (known,) = detector.detect(scene)
    assert detector.follow(scene, [known, known]) is None


def test_a_smaller_side_is_quicker_and_misses_the_far_face(detector, astronaut):
    scene, _ = scene_with(astronaut, 36 / FACE.w, 300, 120)
    assert len(detector.detect(scene)) == 1
    assert detector.detect(scene, max_side=256) == []
