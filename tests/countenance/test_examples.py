"""The examples of docs/guide/python.md do what they say, without a web server or TensorFlow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.support.servers import ROOT

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "guide" / "python.md").read_text(), re.DOTALL)
SAMPLES = ROOT / "static" / "samples"
LOOK = "\nimport sys\nassert not {'flask', 'keras', 'tensorflow'} & set(sys.modules)\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(SAMPLES / "photo-1.jpg", folder / "photo.jpg")
    shutil.copy(SAMPLES / "loop.webm", folder / "clip.mp4")
    return folder


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, r"^happy 100% sure\n$"),
        (1, r"^1 \[0\.3\d?, 0\.4\d?, 0\.4\d?, 0\.3\d?\]\n$"),
        (2, r"^(\d+\.\d\d 1 (happy|neutral) (sure|unsure)\n){5,}"),
    ],
)
def test_an_example(number, said, folder):
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number] + LOOK],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CLASSIFIER": "onnx"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(said, done.stdout), done.stdout[:600]


def test_there_are_three_and_all_are_run():
    assert len(EXAMPLES) == 3
