"""The studies of detector and crop: what they count, worked by hand."""

import zipfile

import cv2
import numpy as np
import pytest

from benchmarks.recognition.abstention import Said, what_is_said
from benchmarks.recognition.crops import score
from benchmarks.recognition.detectors import compose
from benchmarks.recognition.false_positives import Candidate, Rule, look_around
from benchmarks.recognition.photo_passes import recalls
from benchmarks.recognition.photos import Photo, read_photos
from benchmarks.recognition.rotation import turns_made
from benchmarks.recognition.saliency import fall
from webapp.core.geometry import Box
from webapp.inference import LABELS, CropRule
from webapp.recognition.detection.face import Face

FACE = Face(Box(0, 0, 60, 60), 1.0)


def photo(folder, level=0, side=60):
    return Photo(np.full((side, side, 3), level, np.uint8), folder)


def test_photos_are_read_from_the_archive_with_their_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for name, level in (
            ("photos/anger/a.png", 10),
            ("photos/contempt/b.png", 20),
            ("photos/anger/c.png", 30),
        ):
            pixels = cv2.imencode(".png", np.full((350, 350, 3), level, np.uint8))[1]
            archive.writestr(name, pixels.tobytes())
    photos = list(read_photos(tmp_path / "photos.zip"))
    assert [(p.folder, p.label, p.rgb[0, 0, 0]) for p in photos] == [
        ("anger", "angry", 10),
        ("anger", "angry", 30),
        ("contempt", None, 20),
    ]
    assert all(p.is_portrait for p in photos)
    assert len(list(read_photos(tmp_path / "photos.zip", every=2))) == 2


def test_archive_with_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photos/anger/note.txt", "no picture")
    with pytest.raises(ValueError, match="only pictures. Received: photos/anger/note.txt"):
        list(read_photos(tmp_path / "photos.zip"))


def test_score_is_the_mean_recall_with_and_without_disgust():
    def classify(crops):
        """Says happy to bright faces and angry to dark ones."""
        is_bright = crops[:, 0, 0, 0] > 100
        answers = np.zeros((len(crops), len(LABELS)), np.float32)
        answers[is_bright, LABELS.index("happy")] = 1
        answers[~is_bright, LABELS.index("angry")] = 1
        return answers

    photos = [
        photo("anger"),
        photo("anger", 200),
        photo("happiness", 200),
        photo("disgust"),
        photo("disgust"),
    ]
    result = score(CropRule(), [(p, FACE) for p in photos], classify)
    assert result.without_disgust == pytest.approx((1 / 2 + 1) / 2)
    assert result.balanced_accuracy == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert result.accuracy == pytest.approx(2 / 5)


def test_composed_face_has_its_size_and_lies_inside():
    rng = np.random.default_rng(0)
    scene = np.zeros((480, 640, 3), np.uint8)
    portrait = photo("anger", 100, 350)
    portrait.rgb[70:270, 70:270] = 255
    for size_px in (48, 200, 400):
        made = compose(portrait, Box(70, 70, 200, 200), size_px, scene, rng)
        row, column = np.nonzero(made.rgb[..., 0] > 180)
        assert (column.min(), row.min()) == pytest.approx((made.face.x, made.face.y), abs=2)
        assert (np.ptp(column) + 1, np.ptp(row) + 1) == pytest.approx((size_px, size_px), abs=3)
        assert scene.max() == 0


def test_a_photo_is_turned_by_the_rule_and_no_other():
    scores = np.array(
        [[0.9, 0.95, 0, 0], [0.8, 0.84, 0, 0], [0.8, 0, 0, 0.87], [0, 0, 0.66, 0], [0, 0, 0, 0]]
    )
    assert turns_made(scores, 0.85, 0.05).tolist() == [0, 0, 3, 2, 0]


@pytest.mark.parametrize(
    ("upright", "lying", "rule", "seen"),
    [
        ([0.9, 0.7], [0.99], Rule(beside_stand=False), ([0.9, 0.7], 0)),
        ([0.9, 0.7], [0.99], Rule(), ([0.9], 0)),
        ([0.7], [0.74], Rule(), ([0.7], 0)),  # hardly better
        ([0.7], [0.8], Rule(turned_score=0.84), ([0.8], 1)),
        ([0.7], [0.8], Rule(all_stand=True), ([], 0)),
        ([], [0.8], Rule(turned_score=0.84), ([], 0)),
        ([], [0.8], Rule(turned_score=0.75), ([0.8], 1)),
        ([], [0.8], Rule(turned_stands=True), ([], 0)),
        ([], [0.9, 0.8], Rule(), ([0.9], 1)),
    ],
)
def test_a_rule_says_which_faces_count_and_how_a_photo_is_turned(upright, lying, rule, seen):
    """No doubtful face stands a closer look here."""
    views = [tuple(Candidate(score, stands=False) for score in view) for view in (upright, lying, [], [])]
    faces, turned = look_around(tuple(views), rule)
    assert ([face.score for face in faces], turned) == seen


def test_recall_counts_a_photo_without_a_face_as_missed():
    pairs = [("happy", "happy"), ("happy", None), ("sad", "happy")]
    assert recalls(pairs) == {"happy": 0.5, "sad": 0.0}


def test_the_fall_is_that_of_the_label_when_what_it_marks_is_blurred():
    """A "model" whose probability is the brightness of the left half; the right half is bright as well."""

    def classify(crops):
        left = crops[:, :, :24, 0].mean(axis=(1, 2)) / 255
        return np.stack([left, 1 - left], axis=1)

    faces = np.zeros((2, 48, 48, 1), np.uint8)
    faces[:, :, ::2] = 255  # stripes: blurred, every pixel is grey
    faces[:, :, :24] = 255  # and white on the left
    faces[:, :, 23] = 0
    left, right = np.zeros((2, 2, 2), np.float32), np.zeros((2, 2, 2), np.float32)
    left[:, :, 0], right[:, :, 1] = 1, 1
    labels = np.zeros(2, int)
    assert fall(classify, faces, labels, left, 0.5) > 0.02
    assert fall(classify, faces, labels, right, 0.4) == 0


def test_what_is_said_and_what_is_left_unsure():
    """Two neutral faces said neutral, one said sad, one left unsure; of two happy ones one is said sad."""
    sad, happy, neutral = (LABELS.index(label) for label in ("sad", "happy", "neutral"))
    probs = np.zeros((6, 7))
    for row, (label, share) in enumerate(
        [(neutral, 0.9), (neutral, 0.5), (sad, 0.6), (sad, 0.4), (happy, 0.8), (sad, 0.7)]
    ):
        probs[row, label] = share
    wanted = np.array([neutral] * 4 + [happy] * 2)
    assert what_is_said(probs, wanted, 0.5) == Said(
        sure=pytest.approx(5 / 6), right=pytest.approx(3 / 5), neutral=0.5, other=0.25
    )
