"""`python -m benchmarks.data` says where data come from, reads them to their end, and unpacks them."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from benchmarks.common.data import DATA_SETS
from benchmarks.data import CHECKS, main


def zip_of(path, names, *, content=b"x" * 100):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def photos(path, count):
    return zip_of(path, [f"photos-dev/{('fear', 'anger')[n % 2]}/{n}.jpg" for n in range(count)])


def test_every_data_set_is_listed_with_licence_source_and_place(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out.split("\n\n")
    assert set(CHECKS) == set(DATA_SETS) == {text.partition(":")[0] for text in listed if text}
    for text in listed[:-1]:
        data = DATA_SETS[text.partition(":")[0]]
        assert all(words in text for words in (data.licence, data.source, str(data.path), data.option))
        assert ("(there)" in text) == data.path.exists()


def test_whole_photos_are_counted_by_expression(tmp_path, capsys):
    assert main(["check", "photos", "--at", str(photos(tmp_path / "a.zip", 101))]) == 0
    assert capsys.readouterr().out == "photos: anger 50, fear 51 photos\n"


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("photos", lambda path: photos(path, 99), "has 99 photos"),
        ("london", lambda path: zip_of(path, ["london-dev/neutral/1.jpg"]), "has 1 neutral and 0 smiling"),
        ("photos", lambda path: path.write_bytes(b"not a zip") and path, "File is not a zip file"),
        (
            "fer2013",
            lambda path: path.write_text("emotion,pixels,Usage\n") and path,
            "has a header but no rows",
        ),
        ("ferplus", lambda path: path.write_text("a,b\n") and path, "expected the columns"),
        ("ckplus", lambda path: zip_of(path, ["CK+48/happy/S1.png"]), "S1.png"),
    ],
)
def test_what_is_not_whole_is_one_sentence(name, make, said, tmp_path, capsys):
    path = make(tmp_path / ("data.zip" if name in ("photos", "london", "ckplus") else "data.csv"))
    assert main(["check", name, "--at", str(path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_a_changed_byte_in_an_archive_is_found(tmp_path, capsys):
    path = photos(tmp_path / "a.zip", 120)
    content = bytearray(path.read_bytes())
    content[60] ^= 1  # in the first photo
    path.write_bytes(content)
    assert main(["check", "photos", "--at", str(path)]) == 1
    assert "is damaged at photos-dev/fear/0.jpg" in capsys.readouterr().err


def test_an_archive_is_unpacked_once(tmp_path, capsys):
    command = ["unpack", "photos", "--at", str(photos(tmp_path / "a.zip", 3)), "--to", str(tmp_path / "out")]
    assert main(command) == 0
    assert "Unpacked 3 files" in capsys.readouterr().out
    assert (tmp_path / "out" / "photos-dev" / "anger" / "1.jpg").is_file()
    with pytest.raises(SystemExit) as left:
        main(command)
    assert left.value.code == 1
    assert "is there already" in capsys.readouterr().err


def test_an_archive_never_writes_outside_its_folder(tmp_path, capsys):
    path = tmp_path / "fer2013.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("../evil.csv")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(SystemExit) as left:
        main(["unpack", "fer2013", "--at", str(path), "--to", str(tmp_path / "out")])
    assert left.value.code == 1
    assert "cannot be unpacked" in capsys.readouterr().err
    assert not (tmp_path / "evil.csv").exists()


def test_a_single_file_has_nothing_to_unpack(tmp_path, capsys):
    path = tmp_path / "fer2013new.csv"
    path.write_text("x")
    with pytest.raises(SystemExit):
        main(["unpack", "ferplus", "--at", str(path), "--to", str(tmp_path / "out")])
    assert "is no archive" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ckplus", "ckplus: 981 images of 118 people\n"),
        ("london", "london: 51 people, neutral and smiling\n"),
    ],
)
def test_the_real_ones_are_whole(name, said, shared_data, capsys):
    path = shared_data / DATA_SETS[name].path.name
    assert main(["check", name, "--at", str(path)]) == 0
    assert capsys.readouterr().out == said
