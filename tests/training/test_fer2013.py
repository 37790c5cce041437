import cv2
import numpy as np
import pytest

from tests.training.samples import SPLITS, make_faces, make_rows, write_archive, write_csv
from training.data import LABELS, find_duplicates, read_fer2013
from training.errors import TrainingError


def test_csv_and_archive_hold_the_same_faces(tmp_path):
    table = write_csv(tmp_path / "fer2013.csv", make_rows())
    from_table = read_fer2013(table, allow_partial=True)
    from_archive = read_fer2013(write_archive(tmp_path / "fer2013.tar.gz", table), allow_partial=True)
    assert list(from_table) == list(SPLITS)
    for split in SPLITS:
        assert np.array_equal(from_table[split].images, from_archive[split].images)
        assert from_table[split].images.shape == (7, 48, 48, 1)
        assert from_table[split].counts() == dict.fromkeys(LABELS, 1)
    assert np.array_equal(from_table["Training"].images, make_faces(7).images)


def test_rows_point_into_the_source(tmp_path):
    splits = read_fer2013(write_csv(tmp_path / "fer2013.csv", make_rows()), allow_partial=True)
    assert splits["PublicTest"].rows.tolist() == [7, 8, 9, 10, 11, 12, 13]


def _break(rows, change):
    change(rows)
    return rows


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda r: r[3].__setitem__(0, "7"), "line 5: `emotion` must be 0..6"),
        (lambda r: r[3].__setitem__(0, "happy"), "line 5: `emotion` must be 0..6"),
        (lambda r: r[3].__setitem__(1, r[3][1][:100]), "line 5: expected 2304 pixels, received"),
        (
            lambda r: r[3].__setitem__(1, r[3][1].rsplit(" ", 1)[0] + " 256"),
            "line 5: pixels must be whole numbers 0..255",
        ),
        (
            lambda r: r[3].__setitem__(1, r[3][1].rsplit(" ", 1)[0] + " x"),
            "line 5: pixels must be whole numbers 0..255",
        ),
        (lambda r: r[3].__setitem__(2, "Test"), "line 5: `Usage` must be one of Training"),
        (lambda r: r[3].pop(), "line 5: expected 3 fields, received 2"),
    ],
)
def test_malformed_row_is_refused_with_its_line_and_reason(tmp_path, change, reason):
    table = write_csv(tmp_path / "fer2013.csv", _break(make_rows(), change))
    with pytest.raises(TrainingError, match=reason):
        read_fer2013(table, allow_partial=True)


def test_file_cut_inside_a_row_is_refused(tmp_path):
    table = write_csv(tmp_path / "fer2013.csv", make_rows())
    table.write_bytes(table.read_bytes()[:-5000])
    with pytest.raises(TrainingError, match="truncated"):
        read_fer2013(table, allow_partial=True)


def test_archive_cut_short_is_refused(tmp_path):
    archive = write_archive(tmp_path / "fer2013.tar.gz", write_csv(tmp_path / "fer2013.csv", make_rows()))
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(TrainingError, match="truncated"):
        read_fer2013(archive, allow_partial=True)


def test_file_cut_at_a_row_is_refused_by_its_counts(tmp_path):
    table = write_csv(tmp_path / "fer2013.csv", make_rows())
    with pytest.raises(TrainingError, match="split Training has 7 images, the complete data set has 28,709"):
        read_fer2013(table)


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "an empty file"), ("a,b\n", "the first line must be"), ("emotion,pixels,Usage\n", "no rows")],
)
def test_wrong_beginning_is_refused(tmp_path, content, reason):
    table = tmp_path / "fer2013.csv"
    table.write_text(content)
    with pytest.raises(TrainingError, match=reason):
        read_fer2013(table, allow_partial=True)


def test_missing_file_says_what_to_give(tmp_path):
    with pytest.raises(TrainingError, match=r"does not exist\. Give --data"):
        read_fer2013(tmp_path / "nowhere.csv")


def _write_folders(root):
    for split in ("train", "test"):
        for label in LABELS:
            (root / split / label).mkdir(parents=True)
            cv2.imwrite(str(root / split / label / "1.png"), np.full((48, 48), 9, np.uint8))
    return root


def test_image_folders_are_read_by_label_name(tmp_path):
    splits = read_fer2013(_write_folders(tmp_path), allow_partial=True)
    assert {name: faces.labels.tolist() for name, faces in splits.items()} == {
        "train": [0, 1, 2, 3, 4, 5, 6],
        "test": [0, 1, 2, 3, 4, 5, 6],
    }


def test_duplicates_are_found_within_and_across_splits(tmp_path):
    rows = make_rows()
    rows[1][1] = rows[0][1]  # the same Training image under label 1
    rows[14][1] = rows[0][1]  # and again in PrivateTest, label 0
    rows[8][1] = rows[9][1]  # a pair within PublicTest
    found = find_duplicates(read_fer2013(write_csv(tmp_path / "fer2013.csv", rows), allow_partial=True))
    assert (len(found.groups), found.num_images(), found.num_conflicting()) == (2, 5, 2)
    assert found.across("PrivateTest", "Training").tolist() == [0]
    assert found.across("Training", "PrivateTest").tolist() == [0, 1]
    assert [found.within(split) for split in SPLITS] == [1, 1, 0]


@pytest.mark.slow
def test_the_real_data_set_has_its_official_counts(real_fer2013):
    splits = real_fer2013
    assert {name: len(faces) for name, faces in splits.items()} == {
        "Training": 28709,
        "PublicTest": 3589,
        "PrivateTest": 3589,
    }
    assert splits["Training"].counts()["disgust"] == 436
    assert len(find_duplicates(splits).across("PrivateTest", "Training")) == 288
