"""Faces of a photo, whatever its turn, and several photos read together."""

import numpy as np
import pytest
from skimage import data

from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.photos import encode, portrait
from webapp.core.geometry import Box, turn_back, turn_point_back
from webapp.inference.batcher import MicroBatcher
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.detection.face import Face
from webapp.recognition.reader import FaceReader
from webapp.settings import Settings


def make_reader(detector, classifier=None):
    limits = {"max_bytes": 20_971_520, "max_pixels": 50_000_000, "max_faces": 16}
    return FaceReader(detector, classifier or FakeClassifier(), **limits)


@pytest.fixture(scope="module")
def detector():
    return load_detector(Settings.from_env({}))


@pytest.mark.parametrize(
    ("quarters", "turned"),
    [(0, (1, 2, 3, 4)), (1, (20 - 2 - 4, 1, 4, 3)), (2, (10 - 1 - 3, 20 - 2 - 4, 3, 4)), (3, (2, 10 - 1 - 3, 4, 3))],
)  # fmt: skip
def test_a_box_is_turned_back_to_where_it_was(quarters, turned):
    # A picture 10 wide and 20 high with a box at (1, 2), 3 wide and 4 high, turned clockwise by hand.
    width, height = (10, 20) if quarters % 2 == 0 else (20, 10)
    assert turn_back(Box(*turned), width, height, quarters) == Box(1, 2, 3, 4)


@pytest.mark.parametrize(("quarters", "turned"), [(0, (1, 2)), (1, (18, 1)), (2, (9, 18)), (3, (2, 9))])
def test_a_point_is_turned_back_to_where_it_was(quarters, turned):
    width, height = (10, 20) if quarters % 2 == 0 else (20, 10)
    assert turn_point_back(turned, width, height, quarters) == (1, 2)


def test_turning_back_fits_numpy():
    picture = np.zeros((20, 10))
    picture[2:6, 1:4] = 1
    for quarters in range(4):
        turned = np.rot90(picture, -quarters)
        rows, columns = np.nonzero(turned)
        box = Box(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
        assert turn_back(box, turned.shape[1], turned.shape[0], quarters) == Box(1, 2, 3, 4)


class BrightCorner:
    """Finds a face in the left upper corner; its score says whether it is bright there, as in an upright picture."""

    def __init__(self, upright, other):
        self.upright, self.other = upright, other

    def detect(self, rgb, *, max_side=None):
        score = self.upright if rgb[0, 0, 0] > 128 else self.other
        return [Face(Box(0, 0, 20, 20), score)] if score else []


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize(("upright_score", "other_score"), [(0.9, 0), (0.81, 0), (0.9, 0.8), (0.86, 0.8)])
def test_a_photo_is_turned_to_the_side_that_shows_a_better_face(quarters, upright_score, other_score):
    upright = np.zeros((60, 100, 3), np.uint8)
    upright[:20, :20] = 255
    lying = np.ascontiguousarray(np.rot90(upright, quarters))  # to be turned clockwise as often
    found, _ = make_reader(BrightCorner(upright_score, other_score)).find(encode("PNG", lying))
    assert found.turned == 90 * quarters
    assert (found.width, found.height) == (lying.shape[1], lying.shape[0])
    rows, columns = np.nonzero(lying[..., 0])
    x, y, w, h = found.boxes[0]
    assert (x, y) == pytest.approx((columns.min() / found.width, rows.min() / found.height))
    assert (w, h) == pytest.approx(((np.ptp(columns) + 1) / found.width, (np.ptp(rows) + 1) / found.height))
    assert (found.crops > 128).all()  # cut from the turned picture
    corners = np.array(found.corners[0])
    assert corners[0] == pytest.approx([(0, 0), (0, 1), (1, 1), (1, 0)][quarters])  # the face's upper left
    assert [*corners.min(axis=0), *np.ptp(corners, axis=0)] == pytest.approx([x, y, w, h])


@pytest.mark.parametrize(("here", "elsewhere"), [(0.85, 0.99), (0.7, 0.74), (0.7, 0)])
def test_a_certain_face_or_one_hardly_worse_is_left_where_it_is(here, elsewhere):
    bright_elsewhere = np.zeros((60, 100, 3), np.uint8)
    bright_elsewhere[-20:, :20] = 255  # the corner that a quarter turn clockwise brings up
    found, _ = make_reader(BrightCorner(elsewhere, here)).find(encode("PNG", bright_elsewhere))
    assert found.turned == 0


def test_what_is_doubtful_and_seen_from_another_side_alone_is_no_face():
    upright = np.zeros((60, 100, 3), np.uint8)
    upright[:20, :20] = 255
    lying = np.ascontiguousarray(np.rot90(upright))
    found, _ = make_reader(BrightCorner(0.79, 0)).find(encode("PNG", lying))
    assert (found.boxes, found.turned) == ((), 0)
    found, _ = make_reader(BrightCorner(0.66, 0)).find(encode("PNG", upright))
    assert len(found.boxes) == 1  # as it came a doubtful face is better than none


@pytest.mark.parametrize(("side", "faces"), [(15, 0), (16, 1)])
def test_a_picture_too_small_for_a_face_is_not_searched(side, faces):
    found, _ = make_reader(BrightCorner(0.9, 0)).find(encode("PNG", np.full((3, side, 3), 255, np.uint8)))
    assert (len(found.boxes), found.crops.shape) == (faces, (faces, 48, 48, 1))


class TwoFaces:
    """A certain face and a doubtful one, which a closer look finds again or not."""

    def __init__(self, stands):
        self.stands, self.looked_at = stands, []

    def detect(self, rgb, *, max_side=None):
        return [Face(Box(30, 0, 25, 25), 0.8), Face(Box(0, 0, 20, 20), 0.9)]

    def follow(self, rgb, faces):
        self.looked_at.append([face.score for face in faces])
        return faces if self.stands else None


@pytest.mark.parametrize("stands", [True, False])
def test_a_doubtful_face_beside_a_certain_one_must_stand_a_closer_look(stands):
    detector = TwoFaces(stands)
    found, _ = make_reader(detector).find(encode("PNG", np.zeros((60, 100, 3), np.uint8)))
    assert len(found.boxes) == 1 + stands
    assert detector.looked_at == [[0.8]]


def test_a_cup_of_coffee_has_no_face(detector):
    """From its other sides the detector sees one in the spoon, with a score of up to 0.78."""
    for picture in (data.coffee(), np.ascontiguousarray(data.coffee()[:, ::-1])):
        assert make_reader(detector).find(encode("PNG", picture))[0].boxes == ()


def test_a_real_face_is_put_upright(detector):
    scene = np.full((480, 640, 3), 96, np.uint8)
    scene[40:440, 120:520] = portrait(400)
    found, _ = make_reader(detector).find(encode("JPEG", scene))
    expected = found.boxes[0]
    assert found.turned == 0
    for quarters in (1, 2, 3):
        lying, _ = make_reader(detector).find(encode("JPEG", np.ascontiguousarray(np.rot90(scene, quarters))))
        x, y, w, h = expected
        expected = (y, 1 - x - w, h, w)  # where a box lies after a quarter turn counterclockwise
        assert lying.turned == 90 * quarters
        assert lying.boxes[0] == pytest.approx(expected, abs=0.03)


def test_without_a_face_there_is_none_and_nothing_was_turned():
    found, _ = make_reader(FakeDetector()).find(encode("PNG"))
    assert (found.boxes, found.turned, len(found.crops)) == ((), 0, 0)


def test_hints_judge_the_photo_itself_and_not_its_smaller_copy():
    photo = np.full((1000, 4096, 3), 120, np.uint8)  # looked at in half its size
    assert make_reader(FakeDetector(Box(0, 0, 24, 24))).find(encode("JPEG", photo))[0].hints == ()
    assert make_reader(FakeDetector(Box(0, 0, 23, 24))).find(encode("JPEG", photo))[0].hints == ("too_small",)
    dark = np.full((100, 100, 3), 12, np.uint8)
    assert make_reader(FakeDetector()).find(encode("PNG", dark))[0].hints == ("too_dark",)


class BrightnessClassifier(FakeClassifier):
    """Answers with the crop's brightness, so that a test sees whose answer it is."""

    def __init__(self):
        super().__init__()
        self.sizes = []
        self._batcher = MicroBatcher(self._run)

    def _run(self, crops):
        return np.repeat(crops[:, 0, 0].astype(np.float32), 7, axis=1)

    def classify(self, crops):
        self.sizes.append(len(crops))
        return self._batcher.classify(crops)

    def close(self):
        self._batcher.close()


def test_faces_of_several_photos_are_read_together_and_come_back_to_their_photo():
    classifier = BrightnessClassifier()
    pictures = [np.full((50, 50, 3), 5 * level, np.uint8) for level in range(20)]
    readers = [make_reader(FakeDetector(*[Box(0, 0, 9, 9)] * (level % 4)), classifier) for level in range(20)]
    found = [r.find(encode("PNG", p))[0] for r, p in zip(readers, pictures, strict=True)]
    answers = readers[0].classify(found)
    classifier.close()
    assert [len(answer) for answer in answers] == [level % 4 for level in range(20)]
    for level, answer in enumerate(answers):
        assert (answer == 5 * level).all()
    assert classifier.sizes == [30]


def test_no_photo_takes_no_turn_in_the_queue():
    assert make_reader(FakeDetector()).classify([]) == []
