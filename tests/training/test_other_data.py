"""FER+ votes and CK+48."""

import zipfile

import cv2
import numpy as np
import pytest

from tests.training.samples import make_faces
from training.data import LABELS, distribution, majority, read_ckplus48, read_fer2013, read_votes
from training.data.ferplus import COLUMNS
from training.errors import TrainingError


def votes(**given):
    return [given.get(name, 0) for name in COLUMNS]


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (votes(anger=10), "angry"),
        (votes(happiness=6, neutral=4), "happy"),
        (votes(happiness=5, neutral=5), None),  # a tie
        (votes(fear=4, surprise=3, sadness=3), None),  # 4 of 10 is no majority
        (votes(fear=4, surprise=3, sadness=1, anger=1, neutral=1), "fear"),  # single votes dropped: 4 of 7
        (votes(contempt=8, neutral=2), None),
        (votes(unknown=6, sadness=4), None),
        (votes(NF=10), None),
        (votes(anger=1, sadness=1), None),  # nothing left
        (votes(disgust=2), "disgust"),
    ],
)
def test_majority_rule(row, label):
    found = majority(make_faces(1), np.array([row]))
    assert [LABELS[index] for index in found.labels] == ([label] if label else [])


@pytest.mark.parametrize(
    ("row", "soft"),
    [
        (votes(happiness=6, neutral=4), {"happy": 0.6, "neutral": 0.4}),
        (votes(happiness=5, neutral=5), {"happy": 0.5, "neutral": 0.5}),  # no majority is needed
        (
            votes(fear=4, surprise=4, sadness=1, anger=1),
            {"fear": 0.5, "surprise": 0.5},
        ),  # single votes dropped
        (votes(sadness=6, contempt=3, unknown=1), {"sad": 1.0}),
        (votes(sadness=5, unknown=5), None),  # half is not more than half
        (votes(contempt=6, neutral=4), None),
        (votes(NF=10), None),
        (votes(anger=1, sadness=1), None),  # nothing left
    ],
)
def test_shares_of_the_votes_are_soft_labels(row, soft):
    found = distribution(make_faces(1), np.array([row]))
    assert len(found) == (0 if soft is None else 1)
    if soft is not None:
        assert found.soft[0] == pytest.approx([soft.get(label, 0.0) for label in LABELS])
        assert LABELS[found.labels[0]] == max(soft, key=soft.get)


def test_votes_belong_to_rows_of_the_source():
    faces = make_faces(3).take(np.array([2]))
    found = majority(faces, np.array([votes(anger=9), votes(fear=9), votes(sadness=9)]))
    assert LABELS[found.labels[0]] == "sad"
    with pytest.raises(TrainingError, match="The votes have 1 rows, the images reach row 3"):
        majority(faces, np.array([votes(anger=9)]))


def test_malformed_votes_are_named(tmp_path):
    header = "Usage,Image name," + ",".join(COLUMNS) + "\n"
    path = tmp_path / "fer2013new.csv"
    path.write_text(header + "Training,a.png," + ",".join("1" * 10) + "\nTraining,b.png,1,2\n")
    with pytest.raises(TrainingError, match="line 3: expected 10 whole numbers"):
        read_votes(path)
    path.write_text("a,b\n")
    with pytest.raises(TrainingError, match="expected the columns"):
        read_votes(path)
    with pytest.raises(TrainingError, match=r"cannot be read.*Give --votes"):
        read_votes(tmp_path / "nowhere.csv")


def write_ckplus(
    path, *, folders=("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise"), size=48
):
    content = cv2.imencode(".png", np.full((size, size), 50, np.uint8))[1].tobytes()
    with zipfile.ZipFile(path, "w") as archive:
        for folder in folders:
            archive.writestr(f"CK+48/{folder}/S001_001_00000001.png", content)
    return path


def test_ckplus_labels_come_by_name_and_contempt_is_left_out(tmp_path):
    archive = write_ckplus(tmp_path / "CK+48.zip")
    from_archive = read_ckplus48(archive)
    assert [LABELS[label] for label in from_archive.labels] == [
        "angry",
        "disgust",
        "fear",
        "happy",
        "sad",
        "surprise",
    ]
    zipfile.ZipFile(archive).extractall(tmp_path / "folder")
    assert np.array_equal(read_ckplus48(tmp_path / "folder").images, from_archive.images)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"folders": ("anger", "bored")}, "unknown label folder 'bored'"),
        ({"folders": ("anger", "happy")}, "no images of disgust, fear, sadness, surprise"),
        ({"size": 50}, "is not a readable 48 x 48 image"),
    ],
)
def test_another_archive_is_refused(tmp_path, change, reason):
    with pytest.raises(TrainingError, match=reason):
        read_ckplus48(write_ckplus(tmp_path / "CK+48.zip", **change))


def test_a_damaged_archive_is_refused(tmp_path):
    (tmp_path / "CK+48.zip").write_bytes(b"PK not really")
    with pytest.raises(TrainingError, match="CK\\+ cannot be read"):
        read_ckplus48(tmp_path / "CK+48.zip")


def test_the_real_data_sets_have_their_known_sizes(shared_data):
    private = read_fer2013(shared_data / "fer2013.tar.gz")["PrivateTest"]
    assert len(majority(private, read_votes(shared_data / "fer2013new.csv"))) == 3137
    assert len(read_ckplus48(shared_data / "CK+48.zip")) == 981 - 54
