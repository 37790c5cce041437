"""`serve --check-config`: what would stop a start, said without one."""

from __future__ import annotations

import importlib.util

import pytest

from webapp.__main__ import main


@pytest.fixture
def check(artifact, tmp_path, monkeypatch, capsys):
    """Returns a function from settings to the exit code, the output and the errors."""

    def run(**settings):
        for name, value in {
            "MODEL_DIR": str(artifact),
            "DATA_DIR": str(tmp_path / "data"),
            **settings,
        }.items():
            monkeypatch.setenv(name, value)
        code = main(["serve", "--check-config"])
        return code, *capsys.readouterr()

    return run


def test_a_good_configuration_is_described(check, tmp_path):
    (tmp_path / "music").mkdir()
    code, said, errors = check(MUSIC_DIR=str(tmp_path / "music"))
    assert (code, errors) == (0, "")
    assert [line.split()[0] for line in said.splitlines()] == ["model", "data", "music", "address"]


def test_a_file_in_the_place_of_the_data_folder(check, tmp_path):
    (tmp_path / "file").touch()
    code, _, errors = check(DATA_DIR=str(tmp_path / "file"))
    assert code == 1
    assert "cannot be written" in errors
    assert "Choose another folder" in errors


def test_a_sqlite_address_is_a_folder_too(check, tmp_path):
    code, said, errors = check(DATABASE_URL=f"sqlite:///{tmp_path}/elsewhere/music.sqlite3")
    assert (code, errors) == (0, "")
    assert f"{tmp_path}/elsewhere: can be written" in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MUSIC_DIR": "/nowhere/music"}, "MUSIC_DIR=/nowhere/music is no folder"),
        ({"MODEL_DIR": "/nowhere/model"}, "No model card at /nowhere/model"),
        ({"PORT": "many"}, "PORT must be"),
        ({"MUSIC_POLICIES": "/nowhere/policies.toml"}, "/nowhere/policies.toml"),
        ({"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"}, "DATABASE_URL: no connection"),
    ],
)
def test_what_would_fail_is_one_sentence_without_secrets(check, settings, words):
    code, _, errors = check(**settings)
    assert code == 1
    assert words in errors
    assert "secret" not in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "value", "package", "extra"),
    [
        ("DATABASE_URL", "postgresql://user@127.0.0.1:1/name", "psycopg", "postgres"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "redis", "redis"),
    ],
)
def test_a_package_of_an_extra_that_is_missing(check, monkeypatch, setting, value, package, extra):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == package else found(name, *more)
    )
    code, _, errors = check(**{setting: value})
    assert code == 1
    assert f"{setting} needs {package}" in errors
    assert f"countenance[{extra}]" in errors
