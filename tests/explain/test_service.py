"""Which face is meant, what an answer holds, and how many may ask at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.photos import encode
from tests.support.waiting import wait_until
from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.errors import NoFace, ServerBusy
from webapp.explain.hot_area import blur_area, hot_area
from webapp.explain.service import LANES, Explainer, Question, choose_face
from webapp.recognition.reader import FaceReader

LARGE, SMALL = (0.1, 0.1, 0.4, 0.4), (0.6, 0.2, 0.2, 0.2)
WIDE = encode("PNG", np.full((480, 640, 3), 120, np.uint8))


ADMITTED = LANES[0].of_one_address + LANES[0].queue_of_one_address


def make_explainer(*boxes, classifier=None, detector=None):
    classifier = classifier or FakeClassifier()
    detector = detector or FakeDetector(*boxes)
    reader = FaceReader(detector, classifier, max_bytes=10**6, max_pixels=50_000_000, max_faces=16)
    reader.thresholds = LabelThresholds(classifier.card.labels, 0.5, 0.4, 1.5)
    return Explainer(reader)


def ask(explainer, question, address="192.0.2.1"):
    """Asks as the route does with a small picture: first for a slot."""
    first = explainer.lanes[0]
    with first.limiter.slot(address):
        return explainer.explain(question, first).as_dict()


def test_a_face_is_meant_by_its_number_or_by_where_it_is():
    boxes = (LARGE, SMALL)
    assert choose_face(boxes, Question(b"")) == 0
    assert choose_face(boxes, Question(b"", face=1)) == 1
    assert choose_face(boxes, Question(b"", box=(0.62, 0.2, 0.2, 0.2))) == 1  # overlap 0.18 of 0.22


@pytest.mark.parametrize(
    ("boxes", "question", "reason"),
    [
        ((), Question(b""), "No face was found"),
        ((LARGE,), Question(b"", face=1), r"1 face\(s\).*Received: face=1"),
        ((LARGE,), Question(b"", box=SMALL), "None of the picture's faces"),
    ],
)
def test_a_face_that_is_not_there_is_said(boxes, question, reason):
    with pytest.raises(NoFace, match=reason):
        choose_face(boxes, question)


def test_an_answer_says_which_face_which_label_and_where():
    answer = ask(make_explainer(Box(160, 120, 320, 240)), Question(WIDE))
    assert (answer["width"], answer["height"], answer["num_faces"], answer["turned"]) == (640, 480, 1, 0)
    assert (answer["face"]["label"], answer["label"]) == ("happy", "happy")
    # The square around the box's centre (320, 240), as long as its longer side: 160..480 by 80..400.
    assert answer["corners"] == [[0.25, 0.1667], [0.75, 0.1667], [0.75, 0.8333], [0.25, 0.8333]]
    assert answer["heat"] == [[0.0, 1.0], [0.5, 0.25]]


def test_any_label_can_be_asked_about():
    classifier = FakeClassifier()
    answer = ask(make_explainer(Box(0, 0, 99, 99), classifier=classifier), Question(WIDE, label="sad"))
    assert (answer["face"]["label"], answer["label"]) == ("happy", "sad")
    assert classifier.explained == [4]


def test_a_fifth_question_of_one_address_is_told_to_come_back_and_another_address_is_not():
    entered, go_on = threading.Semaphore(0), threading.Event()

    class Slow(FakeClassifier):
        def explain(self, crop, label):
            entered.release()
            assert go_on.wait(10)
            return super().explain(crop, label)

    explainer = make_explainer(Box(0, 0, 99, 99), classifier=Slow())
    answers = []

    def visitor(address):
        return threading.Thread(target=lambda: answers.append(ask(explainer, Question(WIDE), address)))

    threads = [visitor("192.0.2.1") for _ in range(ADMITTED)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=10)
    share = explainer.lanes[0].limiter._shares["192.0.2.1"]
    wait_until(lambda: not share._room._value, what="the others, who wait behind the first")
    with pytest.raises(ServerBusy, match="from this address") as caught:
        ask(explainer, Question(WIDE))
    assert caught.value.retry_after_ms > 0
    threads.append(visitor("192.0.2.2"))
    threads[-1].start()
    assert not entered.acquire(blocking=False)  # one at a time
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(answers) == ADMITTED + 1
    assert ask(explainer, Question(WIDE))["label"] == "happy"


def test_a_question_that_fails_gives_its_place_back():
    explainer = make_explainer()
    for _ in range(ADMITTED + 1):
        with pytest.raises(NoFace):
            ask(explainer, Question(WIDE))


def test_a_small_picture_does_not_wait_for_a_large_or_a_huge_one():
    begun, go_on = threading.Semaphore(0), threading.Event()

    class Slow(FakeDetector):
        def detect(self, rgb, *args, **options):
            if max(rgb.shape) > 640:
                begun.release()
                assert go_on.wait(10)
            return super().detect(rgb, *args, **options)

    explainer = make_explainer(detector=Slow(Box(0, 0, 99, 99)))
    large, huge = (Question(encode("PNG", np.zeros((side, side, 3), np.uint8))) for side in (3000, 5500))
    lanes = [explainer.lane_of(question) for question in (Question(WIDE), large, huge)]
    assert lanes == list(explainer.lanes)
    with ThreadPoolExecutor(2) as others:
        slow = [others.submit(explainer.explain, *one) for one in zip((large, huge), lanes[1:], strict=True)]
        try:
            assert begun.acquire(timeout=30)
            assert begun.acquire(timeout=30)
            assert ask(explainer, Question(WIDE))["label"] == "happy"
            assert not any(one.done() for one in slow)
        finally:
            go_on.set()
        assert [one.result().label for one in slow] == ["happy"] * 2


def test_an_answer_says_what_the_label_loses_without_its_hot_area():
    class ReadsTheMiddle(FakeClassifier):
        """Says happy as far as the middle of the crop is bright."""

        def classify(self, crops):
            happy = crops[:, 20:28, 20:28].mean(axis=(1, 2, 3)) / 255
            return np.stack([[(1 - one) / 6] * 3 + [one] + [(1 - one) / 6] * 3 for one in happy]).astype(
                np.float32
            )

        def explain(self, crop, label):
            heat = np.zeros((9, 9), np.float32)
            heat[4, 4], heat[0, 0] = 1, 1  # the corner lies outside of the face
            return heat

    picture = np.zeros((480, 480, 3), np.uint8)
    picture[200:280, 200:280] = 255
    explainer = make_explainer(Box(0, 0, 480, 480), classifier=ReadsTheMiddle())
    answer = ask(explainer, Question(encode("PNG", picture)))
    without = answer["without_hot"]
    assert answer["face"]["probs"]["happy"] == pytest.approx(1)
    assert without["probs"]["happy"] < 0.8
    assert 0.005 < without["share"] < 0.05
    assert sum(without["probs"].values()) == pytest.approx(1, abs=1e-3)


def test_a_map_without_a_value_changes_nothing():
    class Nothing(FakeClassifier):
        def explain(self, crop, label):
            return np.zeros((11, 11), np.float32)

    answer = ask(make_explainer(Box(0, 0, 99, 99), classifier=Nothing()), Question(WIDE))
    assert answer["without_hot"]["share"] == 0
    assert answer["without_hot"]["probs"] == answer["face"]["probs"]


def test_only_what_is_hot_within_the_face_is_blurred():
    crop = np.random.default_rng(0).integers(0, 256, (48, 48, 1), dtype=np.uint8)
    heat = np.zeros((11, 11), np.float32)
    heat[5, 5] = heat[0, 0] = 1
    area = hot_area(heat, 48)
    changed = blur_area(crop, area)[..., 0] != crop[..., 0]
    assert area[24, 24]
    assert not area[:8, :8].any()
    assert changed[area].mean() > 0.9
    assert not changed[~area].any()
