"""The public API reads as the server does, without a server."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from countenance import Reader
from tests.support.images import face_jpeg
from tests.support.servers import ROOT, SHIPPED
from webapp.errors import AppError, NotAnImage


@pytest.fixture(scope="module")
def reader():
    with Reader(SHIPPED) as opened:
        yield opened


@pytest.fixture(scope="module")
def jpeg():
    return face_jpeg()


def test_bytes_a_path_and_pixels_of_one_photo_read_alike(reader, jpeg, tmp_path):
    path = tmp_path / "face.jpg"
    path.write_bytes(jpeg)
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    readings = [reader.read(photo) for photo in (jpeg, path, str(path), pixels)]
    assert [len(faces) for faces in readings] == [1] * 4
    assert {faces[0].label for faces in readings} == {"happy"}
    assert readings[0] == readings[1] == readings[2]
    assert readings[3][0].confidence == pytest.approx(
        readings[0][0].confidence, abs=0.05
    )  # two JPEG decoders


def test_a_reading_says_where_what_and_how_sure(reader, jpeg):
    (face,) = reader.read(jpeg)
    assert face.state == "sure"
    assert face.confidence == max(face.probs.values()) > 0.9
    assert tuple(face.probs) == reader.labels
    assert all(0 <= value <= 1 for value in face.box)


def test_the_strength_is_an_argument(jpeg):
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    doubtful = cv2.GaussianBlur(pixels, (0, 0), 14)
    neutral = []
    for strength in (0.0, 1.0):
        with Reader(SHIPPED, strength=strength) as opened:
            (face,) = opened.read(doubtful)
        assert sum(face.probs.values()) == pytest.approx(1, abs=1e-3)
        neutral.append(face.probs["neutral"])
    assert neutral[0] > neutral[1] + 0.1
    with pytest.raises(AppError, match="LABEL_STRENGTH must be a number from 0 to 1"):
        Reader(SHIPPED, strength=1.5)


def test_a_photo_without_a_face_is_empty(reader):
    assert reader.read(np.full((240, 320, 3), 127, np.uint8)) == []


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_other_arrays_are_refused(reader, pixels):
    with pytest.raises(ValueError, match="must be uint8 of shape"):
        reader.read(pixels)


def test_what_is_no_image_is_refused(reader):
    with pytest.raises(NotAnImage, match="12 bytes received"):
        reader.read(b"not an image")
    with pytest.raises(FileNotFoundError):
        reader.read("nowhere.jpg")


def test_importing_it_starts_nothing_and_brings_no_web_server():
    heavy = {"flask", "tensorflow", "socketio", "sqlalchemy"}
    code = f"import sys, countenance; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
