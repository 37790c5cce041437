"""Which faces of a frame count: those searched for, those followed, and those that must stand a closer look."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.support.fakes import FakeClassifier
from webapp.core.geometry import Box
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import MAX_FOLLOWED, Pipeline, SearchHint

JPEG = cv2.imencode(".jpg", np.full((480, 640, 3), 120, np.uint8))[1].tobytes()
CERTAIN, DOUBTFUL = Face(Box(0, 0, 90, 90), 0.97), Face(Box(100, 200, 170, 170), 0.76)


class Detector:
    """Finds the faces that it is given; follows only those that it should."""

    def __init__(self, *found, follows=()):
        self.found, self.follows, self.asked = list(found), follows, []

    def detect(self, rgb, *, max_side=None):
        self.asked.append(max_side)
        return self.found

    def follow(self, rgb, faces):
        self.asked.append(tuple(faces))
        return list(faces) if all(face in self.follows for face in faces) else None


def analyse(detector, look=SearchHint()):  # noqa: B008 - frozen
    return Pipeline(detector, FakeClassifier(), max_pixels=10**6, max_faces=16).analyse(JPEG, 0.0, look)


@pytest.mark.parametrize(
    ("found", "follows", "counted"),
    [
        ([CERTAIN, DOUBTFUL], [], [CERTAIN]),
        ([CERTAIN, DOUBTFUL], [DOUBTFUL], [DOUBTFUL, CERTAIN]),  # largest first
        ([DOUBTFUL], [], [DOUBTFUL]),  # alone: better a doubtful face than none
    ],
)
def test_a_doubtful_face_beside_a_certain_one_must_stand_a_closer_look(found, follows, counted):
    assert analyse(Detector(*found, follows=follows)).faces == tuple(counted)


class Refining(Detector):
    """Sees a face a little smaller on a closer look."""

    def follow(self, rgb, faces):
        return [replace(face, box=Box(face.box.x, face.box.y, 80, 80)) for face in faces]


def test_few_faces_are_always_cut_as_the_closer_look_sees_them():
    """Or a still face that is searched for and followed in turns is cut in two ways, and its label changes."""
    faces = [Face(Box(200 * i, 0, 90, 90), 0.97) for i in range(MAX_FOLLOWED)]
    searched = analyse(Refining(*faces))
    assert [face.box.w for face in searched.faces] == [80] * MAX_FOLLOWED
    assert analyse(Refining(), SearchHint(searched.faces)).boxes == searched.boxes


def test_of_many_faces_which_are_not_followed_none_is_looked_at_again():
    faces = tuple(Face(Box(200 * i, 0, 90, 90), 0.97) for i in range(MAX_FOLLOWED + 1))
    assert analyse(Refining(*faces)).faces == faces


def test_known_faces_are_followed_without_a_search():
    detector = Detector(follows=[CERTAIN])
    analysis = analyse(detector, SearchHint((CERTAIN,), 256))
    assert (analysis.faces, analysis.searched, detector.asked) == ((CERTAIN,), False, [(CERTAIN,)])


def test_when_a_known_face_is_not_certain_the_whole_picture_is_searched():
    detector = Detector(CERTAIN)
    analysis = analyse(detector, SearchHint((DOUBTFUL,), 256))
    assert (analysis.faces, analysis.searched, detector.asked) == (
        (CERTAIN,),
        True,
        [(DOUBTFUL,), 256, (CERTAIN,)],
    )


def test_faces_that_a_browser_cut_are_not_searched_for_and_come_largest_first():
    class ByBrightness(FakeClassifier):
        def classify(self, crops):
            return crops[:, 0, 0].astype(np.float32)

    detector = Detector()
    pipeline = Pipeline(detector, ByBrightness(), max_pixels=1, max_faces=16)
    small, large = Box(0.1, 0.1, 0.2, 0.2), Box(0.5, 0.2, 0.4, 0.6)
    crops = np.stack([np.full((48, 48, 1), level, np.uint8) for level in (10, 20)])
    analysis = pipeline.analyse_crops(crops, (small, large), 0.0)
    assert analysis.boxes == (large, small)
    assert analysis.probs[:, 0].tolist() == [20, 10]
    assert (analysis.width, analysis.height, analysis.hints, detector.asked) == (1, 1, (), [])
