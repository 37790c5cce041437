"""A face that neither moves nor changes is not found and read again; any other is."""

import cv2
import numpy as np
import pytest

from tests.support.fakes import FakeClassifier
from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.live.sessions import Session
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import Pipeline

FACE = Face(Box(240, 140, 160, 160), 0.97)
THRESHOLDS = LabelThresholds.of_card(
    FakeClassifier().card, min_confidence=None, smoothing_s=None, settle_s=1.5
)


class Detector:
    """Sees one face where it is told, and notes what it was asked."""

    def __init__(self):
        self.face, self.asked = FACE, []

    def detect(self, rgb, *, max_side=None):
        self.asked.append("search")
        return [self.face]

    def follow(self, rgb, faces):
        self.asked.append("follow")
        return [self.face]


class Classifier(FakeClassifier):
    """Notes how many crops it was given."""

    def __init__(self):
        super().__init__()
        self.read = []

    def classify(self, crops):
        self.read.append(len(crops))
        return super().classify(crops)


def picture(*, mouth=0, shift=0, noise_seed=0, light=0):
    random = np.random.default_rng(7)
    face = cv2.resize(random.integers(60, 190, (12, 12), dtype=np.uint8), (200, 200)).astype(np.float32)
    face[140:170, 60:140] += mouth
    grey = np.full((480, 640), 90, np.float32)
    grey[120:320, 220 + shift : 420 + shift] = face
    grey += np.random.default_rng(noise_seed).normal(0, 4, grey.shape) + light
    rgb = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


class Visit:
    """A visitor's session, frame by frame, ten a second."""

    def __init__(self, reuse_s=0.2):
        self.detector, self.classifier = Detector(), Classifier()
        self.pipeline = Pipeline(self.detector, self.classifier, max_pixels=10**6, max_faces=16)
        self.session, self.number = Session(THRESHOLDS, reuse_s=reuse_s), 0

    def sees(self, jpeg):
        """Reads a frame; returns what the detector and the model were asked for it."""
        self.detector.asked.clear()
        self.classifier.read.clear()
        now_s = 5.0 + self.number / 10
        analysis = self.pipeline.analyse(jpeg, 0.0, self.session.search_hint(now_s=now_s))
        self.session.update(analysis, now_s=now_s)
        self.number += 1
        return [*self.detector.asked], [*self.classifier.read]


def test_a_still_face_is_read_anew_after_two_hundred_milliseconds():
    visit = Visit()
    asked = [visit.sees(picture(noise_seed=number)) for number in range(7)]
    assert [read for _, read in asked] == [[1], [], [], [1], [], [], [1]]
    assert [looked for looked, _ in asked[1:4]] == [[], [], ["follow"]]


def test_the_reading_that_is_used_again_is_the_same():
    visit = Visit()
    visit.sees(picture())
    first = visit.session.readings
    visit.sees(picture(noise_seed=1))
    assert np.array_equal(visit.session.readings[0].probs, first[0].probs)
    assert visit.session.readings[0].read_s == first[0].read_s


@pytest.mark.parametrize("change", [{"mouth": 40}, {"shift": 12}])
def test_a_face_that_moves_or_changes_is_read_at_once(change):
    visit = Visit()
    visit.sees(picture())
    assert visit.sees(picture(noise_seed=1))[1] == []
    assert visit.sees(picture(noise_seed=2, **change)) == (["follow"], [1])


def test_a_camera_that_changes_its_exposure_makes_no_difference():
    visit = Visit()
    visit.sees(picture())
    assert visit.sees(picture(noise_seed=1, light=15))[1] == []


def test_the_operator_may_turn_it_off():
    visit = Visit(reuse_s=0.0)
    assert [visit.sees(picture(noise_seed=number))[1] for number in range(4)] == [[1]] * 4


def test_no_picture_is_kept():
    visit = Visit()
    visit.sees(picture())
    kept = [visit.session.cells, *(reading.means for reading in visit.session.readings)]
    assert [one.size for one in kept] == [48, 64]


def test_a_frame_of_another_size_is_searched():
    visit = Visit()
    visit.sees(picture())
    small = cv2.resize(cv2.imdecode(np.frombuffer(picture(), np.uint8), cv2.IMREAD_COLOR), (320, 240))
    assert visit.sees(cv2.imencode(".jpg", small)[1].tobytes())[0] == ["search", "follow"]
