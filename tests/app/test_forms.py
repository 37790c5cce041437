"""Files that only other machines run: their form, and that they say what the repository says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.servers import ROOT
from webapp.version import VERSION

PROGRAMS = Path(sys.executable).parent
FORMS = {
    "vendor.github-workflows": sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    "vendor.github-issue-forms": sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")),
    "vendor.github-issue-config": [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"],
    "vendor.dependabot": [ROOT / ".github" / "dependabot.yml"],
    "vendor.compose-spec": [ROOT / "deploy" / "compose.yaml"],
    "vendor.citation-file-format": [ROOT / "CITATION.cff"],
}


@pytest.mark.parametrize("schema", FORMS)
def test_files_fit_their_schemas(schema):
    assert FORMS[schema]
    command = [
        PROGRAMS / "check-jsonschema",
        "--default-filetype",
        "yaml",
        "--builtin-schema",
        schema,
        *FORMS[schema],
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    shutil.which("hadolint", path=PROGRAMS) is None, reason="hadolint has no wheel for this machine"
)
@pytest.mark.parametrize("name", ["Dockerfile", "space/Dockerfile"])
def test_hadolint_finds_nothing_in_a_dockerfile(name):
    command = [PROGRAMS / "hadolint", "--no-color", ROOT / "deploy" / name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_the_image_runs_without_root_or_compiler_and_tells_its_health():
    stages = (ROOT / "deploy" / "Dockerfile").read_text().split("\nFROM ")
    assert len(stages) == 3
    last = stages[-1]
    assert re.search(r"^USER [1-9]\d*$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/readyz" in last
    assert not re.search(r"apt-get|pip install|gcc|build-essential", last)


def test_the_image_is_given_all_that_the_wheel_is_built_from():
    allowed = {
        line[1:]
        for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
        if line[:1] == "!"
    }
    needed = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "requirements.lock",
        "deploy/wheel",
        "package-lock.json",
    }
    assert (
        needed | {"countenance", "webapp", "training", "static", "templates", "translations", "models"}
        <= allowed
    )
    assert all((ROOT / name).exists() for name in allowed)


def test_ci_runs_the_repositorys_own_command():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert ".ci/run" in [step.get("run") for step in jobs["test"]["steps"]]
    versions = [f"3.{minor}" for minor in range(11, 15)]
    assert jobs["wheel"]["strategy"]["matrix"]["python"] == versions


def test_every_place_says_the_same_version():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == VERSION
    assert f"\n## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()
    package, lock = (json.loads((ROOT / name).read_text()) for name in ("package.json", "package-lock.json"))
    assert {package["version"], lock["version"], lock["packages"][""]["version"]} == {VERSION}


def test_hooks_before_a_commit_are_tools_of_make_check():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    check = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    for hook in hooks:
        program = hook["entry"].removeprefix(".venv/bin/").partition(" --")[0]
        assert program in check, program
