"""A file that did not play is looked at by a process of its own."""

from __future__ import annotations

import errno
import os

import pytest

from tests.music import sounds
from webapp.concurrency.child_process import ProcessFailed
from webapp.errors import ServerBusy
from webapp.music.scanner import file_check
from webapp.music.scanner.file_check import check_file
from webapp.music.sources import audio_tags
from webapp.music.sources.files import Unreadable


@pytest.fixture
def folder(tmp_path):
    sounds.write_tagged(tmp_path / "Bright" / "söng.flac", sounds.cheerful(2), title="a")
    return tmp_path


def test_a_good_file_is_ok_and_a_damaged_one_says_what_is_wrong(folder):
    assert check_file(folder, "Bright/söng.flac") == ("ok", "")
    content = (folder / "Bright" / "söng.flac").read_bytes()
    (folder / "cut.flac").write_bytes(content[: len(content) // 2])
    state, problem = check_file(folder, "cut.flac")
    assert (state, bool(problem)) == ("unreadable", True)


@pytest.mark.parametrize("key", ["gone.flac", "../outside.flac", "pipe.mp3"])
def test_what_is_no_file_of_the_folder_is_missing(folder, key):
    os.mkfifo(folder / "pipe.mp3")
    assert check_file(folder, key)[0] == "missing"
    assert check_file(None, key)[0] == "missing"


def test_one_that_takes_too_long_is_given_up_and_nothing_is_noted(folder):
    with pytest.raises(ServerBusy):
        check_file(folder, "Bright/söng.flac", limit_s=0.01)


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE, errno.ESTALE])
def test_a_disk_that_fails_says_nothing_of_the_file(folder, monkeypatch, number):
    """The player asks for a check as soon as a song does not play."""

    def fail(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(audio_tags, "_BoundedFile", fail)
        with pytest.raises(Unreadable):  # ends the process of the check
            file_check.problem_of(folder / "Bright" / "söng.flac")
    monkeypatch.setattr(file_check, "path_of", fail)
    with pytest.raises(ServerBusy):
        check_file(folder, "Bright/söng.flac")


@pytest.mark.parametrize(("code", "is_damaged"), [(-11, True), (-6, True), (-9, False), (1, False)])
def test_one_that_crashes_the_decoder_is_damaged_but_trouble_of_ours_is_not(
    folder, monkeypatch, code, is_damaged
):
    def fails(*_, **__):
        raise ProcessFailed(code)

    monkeypatch.setattr(file_check, "ask_process", fails)
    if is_damaged:
        assert check_file(folder, "Bright/söng.flac")[0] == "unreadable"
    else:
        with pytest.raises(ServerBusy):
            check_file(folder, "Bright/söng.flac")
