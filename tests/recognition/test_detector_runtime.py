"""The detector's runtime: the same boxes as MediaPipe's own file gives in OpenCV, on photos and films."""

import itertools
import zipfile

import cv2
import numpy as np
import pytest

from benchmarks.recognition.face_videos import portrait_videos
from webapp.core.geometry import iou
from webapp.paths import PACKAGES as ROOT
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.photo_decoding import decode_photo

TFLITE = ROOT / "static" / "vendor" / "litert" / "face_detection_short_range.tflite"
PHOTOS = ROOT.parent / "shared" / "data" / "photos-dev.zip"
LEAST_IOU = 0.98


class OpenCvSession:
    """Answers as the detector's session, from MediaPipe's file in `cv2.dnn`."""

    def __init__(self):
        self._net = cv2.dnn.readNetFromTFLite(str(TFLITE))

    def run(self, names, inputs):
        self._net.setInput(inputs["input"])
        logits, offsets = self._net.forward(names)
        return logits.reshape(1, -1, 1), offsets.reshape(1, -1, 16)


@pytest.fixture(scope="module")
def detectors():
    reference = BlazeFaceDetector()
    reference._session = OpenCvSession()
    return BlazeFaceDetector(), reference


def assert_same_faces(detectors, images):
    """Every face is found by both, searched for and followed, at the same place; returns their number."""
    ours, reference = detectors
    num_faces = 0
    for rgb in images:
        found, expected = ours.detect(rgb), reference.detect(rgb)
        assert len(found) == len(expected)
        num_faces += len(found)
        assert all(iou(a.box, b.box) >= LEAST_IOU for a, b in zip(found, expected, strict=True))
        near, far = ours.follow(rgb, found[:1]), reference.follow(rgb, found[:1])
        assert (near is None) == (far is None)
        assert all(iou(a.box, b.box) >= LEAST_IOU for a, b in zip(near or [], far or [], strict=True))
    return num_faces


def test_on_films_of_a_free_portrait(detectors):
    frames = [
        cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
        for video in portrait_videos(2)
        for _, jpeg in itertools.islice(video.frames(), 0, 60, 6)
    ]
    assert assert_same_faces(detectors, frames) >= len(frames)


@pytest.mark.skipif(not PHOTOS.is_file(), reason="needs photos-dev beside the repository")
def test_on_photos(detectors):
    with zipfile.ZipFile(PHOTOS) as archive:
        names = [name for name in sorted(archive.namelist()) if name.lower().endswith((".jpg", ".png"))]
        photos = [
            decode_photo(archive.read(name), max_bytes=10**8, max_pixels=10**8).rgb for name in names[::8]
        ]
    assert len(photos) > 50
    assert assert_same_faces(detectors, photos) > 0.9 * len(photos)
