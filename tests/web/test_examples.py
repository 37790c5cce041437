"""The examples of docs/reference/api.md do what the document says, against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.support.servers import ROOT
from tests.support.videos import smile_then_wall, write_clip

FOUND = re.findall(
    r"```(sh|python)\n(.*?)```", (ROOT / "docs" / "reference" / "api.md").read_text(), re.DOTALL
)
EXAMPLES = {"clip" if "clip.mp4" in text else kind: text for kind, text in FOUND}
ADDRESS = "http://127.0.0.1:8000"


def run(command, each_server, folder):
    return subprocess.run(
        command, cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def folder(tmp_path, jpeg):
    (tmp_path / "photo.jpg").write_bytes(jpeg)
    (tmp_path / "notes.txt").write_text("hello")
    return tmp_path


def test_all_examples_are_there():
    assert set(EXAMPLES) == {"sh", "python", "clip"}
    assert all(ADDRESS in example for example in EXAMPLES.values())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_curl_example(each_server, folder):
    done = run(["sh", "-ec", EXAMPLES["sh"].replace(ADDRESS, each_server.url)], each_server, folder)
    assert done.returncode == 0, done.stderr
    good, bad = json.loads(done.stdout)["results"]
    assert (good["name"], len(good["faces"])) == ("photo.jpg", 1)
    assert (bad["name"], bad["error"]["code"]) == ("notes.txt", "not_an_image")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_curl_example_of_a_clip(each_server, folder):
    write_clip(folder / "clip.mp4", smile_then_wall())
    done = run(["sh", "-ec", EXAMPLES["clip"].replace(ADDRESS, each_server.url)], each_server, folder)
    assert done.returncode == 0, done.stderr
    assert [len(one["faces"]) for one in json.loads(done.stdout)["samples"]] == [1, 1, 1, 1, 0, 0]


def test_the_python_example(each_server, folder):
    done = run(
        [sys.executable, "-c", EXAMPLES["python"].replace(ADDRESS, each_server.url)], each_server, folder
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert re.fullmatch(r"photo\.jpg: \w+ \d+ %", first)
    assert second.startswith("notes.txt: This is not a picture we can read")
