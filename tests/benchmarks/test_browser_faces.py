"""How two readings of a frame are compared, worked by hand."""

import numpy as np
import pytest

from benchmarks.recognition.browser_faces import compare
from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.inference import LABELS
from webapp.live.sessions import Session
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import Analysis

THRESHOLDS = LabelThresholds(LABELS, 0.5, 0.4, 1.5, 0.1, 0.1)
HAPPY, LESS_HAPPY, SAD = ([0.0] * 3 + [share, 1 - share, 0, 0] for share in (0.9, 0.8, 0.2))


def read(width, height, boxes, probs):
    faces = tuple(Face(box, 0.9) for box in boxes)
    rows = np.array(probs, np.float32).reshape(len(boxes), 7)
    analysis = Analysis(width, height, faces, rows, (), {})
    return analysis, Session(THRESHOLDS).update(analysis, now_s=1.0)


WHOLE = read(640, 480, [Box(64, 48, 320, 240)], [HAPPY])


def test_boxes_in_pixels_and_in_shares_are_compared_as_shares():
    found = compare(WHOLE, read(1, 1, [Box(0.1, 0.1, 0.5, 0.25)], [LESS_HAPPY]), 7.0)
    assert (found.same_count, found.same_top, found.same_shown, found.browser_ms) == (True, True, True, 7.0)
    assert (found.overlap, found.gap) == (pytest.approx(0.5), pytest.approx(0.1))


def test_another_label_is_another_label():
    found = compare(WHOLE, read(1, 1, [Box(0.1, 0.1, 0.5, 0.5)], [SAD]), 7.0)
    assert (found.same_count, found.same_top, found.same_shown) == (True, False, False)


def test_a_face_that_one_way_alone_finds_is_no_agreement():
    nothing = read(1, 1, [], [])
    found = compare(WHOLE, nothing, 7.0)
    assert (found.same_count, found.same_top, found.overlap, found.gap) == (False, False, None, None)
    assert compare(nothing, nothing, 7.0).same_top
