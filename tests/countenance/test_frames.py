"""Frames over time: one number per person, and labels that single frames do not shake."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from countenance import Reader
from tests.support.images import face_jpeg
from tests.support.servers import SHIPPED
from webapp.errors import NoFace, NotAnImage

WALL = np.full((480, 640, 3), 96, np.uint8)


@pytest.fixture(scope="module")
def reader():
    with Reader(SHIPPED) as opened:
        yield opened


@pytest.fixture(scope="module")
def frame():
    return cv2.imdecode(np.frombuffer(face_jpeg(), np.uint8), cv2.IMREAD_COLOR_RGB)


def test_a_face_keeps_its_number_while_it_moves_and_through_a_frame_without_it(reader, frame):
    frames = reader.frames()
    seen = [frames.read(np.roll(frame, 4 * step, axis=1), step / 10) for step in range(5)]
    seen.append(frames.read(WALL, 0.5))  # as a detector misses a face
    seen.append(frames.read(np.roll(frame, 24, axis=1), 0.6))
    assert {tuple(face.id for face in faces) for faces in seen} == {(1,)}
    assert seen[-1][0].reading.box[0] - seen[0][0].reading.box[0] == pytest.approx(24 / 640, abs=0.01)


def test_a_face_that_has_left_is_forgotten_and_returns_under_another_number(reader, frame):
    frames = reader.frames()
    assert [face.id for face in frames.read(frame, 0.0)] == [1]
    assert frames.read(WALL, 5.0) == []
    assert [face.id for face in frames.read(frame, 10.0)] == [2]


def test_an_expression_changes_by_the_time_that_has_passed(reader, frame):
    """With the model's time constant, a twentieth of a second moves the probabilities less than a quarter."""

    def happy_after(dt_s):
        frames = reader.frames()
        frames.read(frame, 0.0)
        blurred = cv2.GaussianBlur(frame, (0, 0), 5)  # another answer of the model at the same place
        return frames.read(blurred, dt_s)[0].reading.probs["happy"]

    assert happy_after(0.05) > happy_after(0.25) + 0.05


def test_encoded_frames_read_as_their_pixels(reader, frame):
    jpeg = face_jpeg()
    by_bytes, by_pixels = reader.frames().read(jpeg, 0.0), reader.frames().read(frame, 0.0)
    assert by_bytes == by_pixels


def test_two_cameras_know_nothing_of_each_other(reader, frame):
    one, other = reader.frames(), reader.frames()
    assert [face.id for face in one.read(frame, 1.0)] == [face.id for face in other.read(frame, 0.0)] == [1]


def test_a_frame_of_another_size_goes_on_with_the_same_face(reader, frame):
    frames = reader.frames()
    frames.read(frame, 0.0)
    assert [face.id for face in frames.read(cv2.resize(frame, (320, 240)), 0.1)] == [1]


@pytest.mark.parametrize("t_s", [1.0, 0.5, float("nan"), float("inf")])
def test_time_only_grows(t_s, reader, frame):
    frames = reader.frames()
    frames.read(frame, 1.0)
    with pytest.raises(ValueError, match="`t_s` must be later"):
        frames.read(frame, t_s)


def test_a_frame_that_cannot_be_read_changes_nothing(reader, frame):
    frames = reader.frames()
    frames.read(frame, 1.0)
    with pytest.raises(NotAnImage):
        frames.read(b"not an image", 2.0)
    with pytest.raises(ValueError, match="must be uint8 of shape"):
        frames.read(np.zeros((4, 4)), 2.0)
    assert [face.id for face in frames.read(frame, 1.1)] == [1]


def test_only_the_largest_face_is_read_against_the_baseline(reader, frame):
    """The person at rest smiles, so the same smile adds nothing; another's is seen as before."""
    half = cv2.resize(frame, None, fx=0.8, fy=0.8)
    both = np.full((frame.shape[0], frame.shape[1] + half.shape[1], 3), 96, np.uint8)
    both[:, : frame.shape[1]], both[: half.shape[0], frame.shape[1] :] = frame, half
    frames = reader.frames(baseline=frame)
    for step in range(10):
        faces = frames.read(both, step / 10)
    largest, other = (face.reading for face in faces)
    assert largest.absolute is not None
    assert (largest.absolute.label, other.label, other.absolute) == ("happy", "happy", None)
    assert largest.probs["happy"] < 0.5 < largest.absolute.probs["happy"]
    with pytest.raises(NoFace, match="shows no face"):
        reader.frames(baseline=WALL)
