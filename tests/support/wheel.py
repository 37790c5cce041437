"""A wheel of this checkout, installed into an environment of its own with nothing but what it asks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ROOT

UV = str(Path(sys.executable).with_name("uv"))
LIMIT_S = 240
NO_INDEX = ("dns error", "Connect", "connect", "timed out", "Failed to fetch")


def build(folder: Path) -> Path:
    """Builds the wheel with the tools of this environment, without a network."""
    command = [
        UV,
        "build",
        "--quiet",
        "--offline",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
    ]
    subprocess.run([*command, "--out-dir", str(folder), str(ROOT)], check=True, timeout=LIMIT_S)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path, python: str = sys.executable) -> Path:
    """Installs it in the versions of requirements.txt and returns the environment's folder of programs."""
    subprocess.run([UV, "venv", "--quiet", "--python", python, str(folder)], check=True, timeout=LIMIT_S)
    command = [UV, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    command += ["--constraint", str(ROOT / "requirements.txt"), str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode and any(words in done.stderr for words in NO_INDEX):
        pytest.skip("no package index answers, and uv has not kept the packages")
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def megabytes(folder: Path) -> float:
    """Returns what files take, in 10^6 bytes, without those that Python compiles later."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files) / 1e6
