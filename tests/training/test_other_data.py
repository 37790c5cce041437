"""FER+ votes and CK+48."""

import zipfile
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from tests.training.samples import make_faces
from training.commands import common
from training.data import (
    CKPLUS_LABELS,
    LABELS,
    in_product_labels,
    majority_labels,
    read_ckplus,
    read_votes,
    soft_labels,
)
from training.data.ferplus import COLUMNS
from training.errors import TrainingError
from training.recipes import get_recipe


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
    found = majority_labels(make_faces(1), np.array([row]))
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
    found = soft_labels(make_faces(1), np.array([row]))
    assert len(found) == (0 if soft is None else 1)
    if soft is not None:
        assert found.soft[0] == pytest.approx([soft.get(label, 0.0) for label in LABELS])
        assert LABELS[found.labels[0]] == max(soft, key=soft.get)


def test_the_faces_own_labels_may_have_a_share_beside_the_votes():
    faces = replace(make_faces(1), labels=np.array([LABELS.index("sad")]))
    found = soft_labels(faces, np.array([votes(happiness=6, neutral=4)]), label_share=0.25)
    expected = {"happy": 0.45, "neutral": 0.3, "sad": 0.25}
    assert found.soft[0] == pytest.approx([expected.get(label, 0.0) for label in LABELS])
    assert [LABELS[label] for label in found.labels] == ["happy"]  # as most people say
    assert not len(soft_labels(faces, np.array([votes(NF=10)]), label_share=0.25))


def test_only_a_recipe_of_the_votes_has_a_share_for_labels():
    recipe = get_recipe("model2-votes-and-labels")
    for wrong in ({"label_share": 1.0}, {"data": "fer2013"}):
        with pytest.raises(ValueError, match="`label_share` must be in"):
            replace(recipe, **wrong)


def test_a_recipe_s_targets_hold_its_share_of_the_labels(monkeypatch):
    faces = replace(make_faces(2), labels=np.array([4, 4]))
    monkeypatch.setattr(common, "read", lambda *_: {"Training": faces, "PublicTest": faces})
    monkeypatch.setattr(common, "read_votes", lambda _: np.array([votes(happiness=10)] * 2))
    splits = common.read_for(get_recipe("model2-votes-and-labels"), None)
    assert splits["Training"].soft[0] == pytest.approx([0, 0, 0, 0.75, 0.25, 0, 0])
    assert splits["PublicTest"].labels.tolist() == [3, 3]


def test_votes_belong_to_rows_of_the_source():
    faces = make_faces(3).take(np.array([2]))
    found = majority_labels(faces, np.array([votes(anger=9), votes(fear=9), votes(sadness=9)]))
    assert LABELS[found.labels[0]] == "sad"
    with pytest.raises(TrainingError, match="The votes have 1 rows, the images reach row 3"):
        majority_labels(faces, np.array([votes(anger=9)]))


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


def test_ckplus_labels_come_by_name(tmp_path):
    archive = write_ckplus(tmp_path / "CK+48.zip")
    found = read_ckplus(archive)
    assert [CKPLUS_LABELS[label] for label in found.labels] == list(CKPLUS_LABELS)
    assert found.counts() == dict.fromkeys(CKPLUS_LABELS, 1)
    six = in_product_labels(found)
    assert [LABELS[label] for label in six.labels] == ["angry", "disgust", "fear", "happy", "sad", "surprise"]
    zipfile.ZipFile(archive).extractall(tmp_path / "folder")
    assert np.array_equal(read_ckplus(tmp_path / "folder").images, found.images)


def write_tree(path, *, codes=(1, 2, 3, 4, 5, 6, 7), frames=5):
    """CK+'s original tree: a portrait per sequence, a label file per labelled one."""
    portrait = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    for number, code in enumerate(codes):
        place = f"S{10 + number // 2:03}/{1 + number % 2:03}"
        images, labels = path / "cohn-kanade-images" / place, path / "Emotion" / place
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for frame in range(1, frames + 1):
            cv2.imwrite(str(images / f"{place.replace('/', '_')}_{frame:08}.png"), portrait)
        if code is not None:
            (labels / "x_emotion.txt").write_text(f"   {code:.7e}\n" if isinstance(code, int) else code)
    return path


def test_the_original_tree_gives_the_last_three_frames_of_labelled_sequences(tmp_path):
    found = read_ckplus(write_tree(tmp_path, codes=(1, 2, None, 3, 4, 5, 6, 7)))
    assert found.counts() == dict.fromkeys(CKPLUS_LABELS, 3)
    assert found.images.shape == (21, 48, 48, 1)
    assert [int((found.groups == group).sum()) for group in range(4)] == [6, 3, 6, 6]
    assert 50 < found.images.mean() < 200  # a face, not the dark background


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"codes": (1, "ten")}, "holds no label: expected a number 1..7. Received: 'ten'"),
        ({"codes": (1, 9)}, "holds no label"),
        ({"frames": 0}, "has a label, but cohn-kanade-images/S010/001 has no images"),
        ({"codes": (1, 3)}, "no images of contempt, fear, happy, sad, surprise"),
    ],
)
def test_a_damaged_tree_is_refused(tmp_path, change, reason):
    with pytest.raises(TrainingError, match=reason):
        read_ckplus(write_tree(tmp_path, **change))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"folders": ("anger", "bored")}, "unknown label folder 'bored'"),
        ({"folders": ("anger", "happy")}, "no images of contempt, disgust, fear, sad, surprise"),
        ({"size": 50}, "is not a readable 48 x 48 image"),
    ],
)
def test_another_archive_is_refused(tmp_path, change, reason):
    with pytest.raises(TrainingError, match=reason):
        read_ckplus(write_ckplus(tmp_path / "CK+48.zip", **change))


def test_a_damaged_archive_is_refused(tmp_path):
    (tmp_path / "CK+48.zip").write_bytes(b"PK not really")
    with pytest.raises(TrainingError, match="CK\\+ cannot be read"):
        read_ckplus(tmp_path / "CK+48.zip")


@pytest.mark.slow
def test_the_real_data_sets_have_their_known_sizes(shared_data, real_fer2013):
    private = real_fer2013["PrivateTest"]
    assert len(majority_labels(private, read_votes(shared_data / "fer2013new.csv"))) == 3137
    assert len(in_product_labels(read_ckplus(shared_data / "CK+48.zip"))) == 981 - 54
