"""What benchmarks count, worked by hand."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.common import data
from benchmarks.common.structure import is_marker_or_migration, upward_imports
from benchmarks.recognition.abstention import Abstention, measure_abstention
from benchmarks.recognition.crops import score
from benchmarks.recognition.detectors import compose
from benchmarks.recognition.false_positives import Candidate, Rule, apply_rule
from benchmarks.recognition.photos import Photo, read_photos, recalls
from benchmarks.recognition.rotation import rotations
from benchmarks.recognition.saliency import fall
from webapp.core.geometry import Box
from webapp.inference import LABELS, CropRule
from webapp.recognition.detection.face import Face

ROOT = Path(__file__).parents[2]
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
    assert result.accuracy.without_disgust == pytest.approx((1 / 2 + 1) / 2)
    assert result.accuracy.balanced == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert result.accuracy.overall == pytest.approx(2 / 5)


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
    assert rotations(scores, 0.85, 0.05).tolist() == [0, 0, 3, 2, 0]


@pytest.mark.parametrize(
    ("upright", "lying", "rule", "seen"),
    [
        ([0.9, 0.7], [0.99], Rule(confirm_others=False), ([0.9, 0.7], 0)),
        ([0.9, 0.7], [0.99], Rule(), ([0.9], 0)),
        ([0.7], [0.74], Rule(), ([0.7], 0)),  # hardly better
        ([0.7], [0.8], Rule(turned_score=0.84), ([0.8], 1)),
        ([0.7], [0.8], Rule(confirm_all=True), ([], 0)),
        ([], [0.8], Rule(turned_score=0.84), ([], 0)),
        ([], [0.8], Rule(turned_score=0.75), ([0.8], 1)),
        ([], [0.8], Rule(confirm_turned=True), ([], 0)),
        ([], [0.9, 0.8], Rule(), ([0.9], 1)),
    ],
)
def test_a_rule_says_which_faces_count_and_how_a_photo_is_turned(upright, lying, rule, seen):
    """No closer look finds a doubtful face again here."""
    views = [
        tuple(Candidate(score, found_again=False) for score in view) for view in (upright, lying, [], [])
    ]
    faces, turned = apply_rule(tuple(views), rule)
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


def test_abstention_counts_labels_and_what_is_left_unsure():
    """Two neutral faces labelled neutral, one sad, one left unsure; of two happy ones one is labelled sad."""
    sad, happy, neutral = (LABELS.index(label) for label in ("sad", "happy", "neutral"))
    probs = np.zeros((6, 7))
    for row, (label, share) in enumerate(
        [(neutral, 0.9), (neutral, 0.5), (sad, 0.6), (sad, 0.4), (happy, 0.8), (sad, 0.7)]
    ):
        probs[row, label] = share
    wanted = np.array([neutral] * 4 + [happy] * 2)
    assert measure_abstention(probs, wanted, 0.5) == Abstention(
        coverage=pytest.approx(5 / 6), accuracy=pytest.approx(3 / 5), neutral=0.5, other=0.25
    )


@pytest.mark.parametrize(
    ("benchmark", "option", "source"),
    [
        ("abstention models/NAME", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("crops models/NAME", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("detectors", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("false_positives", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("peers", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("photo_passes", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("rotation", "--photos", "https://github.com/muxspace/facial_expressions"),
        ("saliency", "--data", "the 2013 challenge"),
        ("last_layer models/NAME", "--data", "the 2013 challenge"),
        ("logit_adjustment models/NAME", "--data", "the 2013 challenge"),
    ],
)
def test_missing_data_is_one_sentence_with_source_and_option(monkeypatch, capsys, benchmark, option, source):
    name, *arguments = benchmark.split()
    room = "training" if name in ("last_layer", "logit_adjustment") else "recognition"
    module = f"benchmarks.{room}.{name}" + (".__main__" if name == "peers" else "")
    main = __import__(module, fromlist=["main"]).main
    monkeypatch.setattr(sys, "argv", [name, *arguments, option, "nowhere/there.zip"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    for part in ("error: ", " is missing at nowhere/there.zip", source, option):
        assert part in err


def test_a_benchmark_without_its_data_exits_without_a_traceback():
    command = [sys.executable, "-m", "benchmarks.common.behaviour", os.devnull, "--photos", "nowhere.zip"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: a zip archive of labelled photos")
    assert done.stderr.count("\n") == 1


def test_missing_ckplus_names_its_authors(capsys, tmp_path):
    with pytest.raises(SystemExit) as left:
        data.CKPLUS.find(tmp_path / "CK+48.zip")
    assert left.value.code == 2
    err = capsys.readouterr().err
    assert "its authors" in err
    assert "--ckplus" in err


def test_data_that_is_there_is_used(tmp_path):
    assert data.PHOTOS.find(tmp_path) == tmp_path


def test_missing_portrait_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(SystemExit) as left:
        data.portrait(100)
    assert left.value.code == 2
    assert "`pip install -r requirements-dev.txt`" in capsys.readouterr().err


def test_upward_and_sideways_imports_are_counted_by_layer():
    layers = {"app": 0, "pages": 1, "live": 2, "music": 2, "core": 3}
    graph = {
        "webapp": {"webapp.app"},  # the package itself has no layer
        "webapp.app": {"webapp.core"},
        "webapp.live.events": {"webapp.pages.routes", "webapp.music", "webapp.live.protocol"},
        "webapp.live.protocol": {"webapp.core"},
        "webapp.music": set(),
        "webapp.pages.routes": {"webapp.live.events"},
        "webapp.core": {"webapp.app"},
    }
    assert upward_imports(graph, layers) == [
        ("webapp.core", "webapp.app"),
        ("webapp.live.events", "webapp.music"),
        ("webapp.live.events", "webapp.pages.routes"),
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a/__init__.py", "", True),
        ("a/__init__.py", '"""A room."""\n', True),
        ("a/__init__.py", '"""A room."""\n\nfrom a.b import c\n', False),
        ("a/b.py", '"""A module."""\n', False),
        ("a/migrations/0001_first.py", "VERSION = 1\n", True),
    ],
)
def test_package_markers_and_migrations_are_no_short_files(path, text, expected):
    assert is_marker_or_migration(Path(path), text) is expected
