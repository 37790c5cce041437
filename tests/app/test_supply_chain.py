"""Lock files with hashes, the bill of materials, and what `make audit` says of what it could not look up."""

from __future__ import annotations

import json
import re

import pytest
from packaging.requirements import Requirement

from tests.support import audit, sbom
from tests.support.packages import installed, normal, top_level
from webapp.paths import PACKAGES as ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def entries(name: str) -> dict[str, set[str]]:
    """Returns the versions of each package of a lock; several where they depend on the version of Python."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found.setdefault(normal(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_hashes_and_no_lock_names_where_it_comes_from(name):
    text = (ROOT / name).read_text()
    assert "make lock" in text.splitlines()[1]
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text)
    for entry in re.split(r"\n(?=[a-zA-Z0-9])", text)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_the_lock_is_that_of_requirements_txt():
    """After a change of requirements.txt: `make lock`."""
    locked = entries("requirements.lock")
    assert {
        normal(one.name): {str(one.specifier).removeprefix("==")} for one in top_level()
    }.items() <= locked.items()
    needed = set(installed(top_level())) - {"setuptools", "wheel"}  # there are some in each new environment
    assert needed <= set(locked)


def test_tests_run_with_what_servers_run_with():
    servers, tests = entries(LOCKS[0]), entries(LOCKS[1])
    assert len(servers) > 80
    assert {name: versions - tests.get(name, set()) for name, versions in servers.items()} == dict.fromkeys(
        servers, set()
    )


def test_make_installs_from_the_locks_with_hashes():
    text = (ROOT / "Makefile").read_text()
    assert "REQUIREMENTS ?= lock" in text
    assert "--require-hashes --only-binary :all:" in text


@pytest.fixture(scope="module")
def bill():
    return sbom.merged()


@pytest.mark.slow
def test_the_bill_of_materials_is_valid_cyclonedx(bill):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


@pytest.mark.slow
def test_the_bill_of_materials_has_what_runs_and_nothing_else(bill):
    found = {normal(one["name"]): one for one in bill["components"]}
    assert set(installed(top_level())) <= set(found)
    assert {"socket-io-client", "uplot"} <= set(found)
    assert not {"pytest", "mutagen", "playwright", "eslint"} & set(found)
    model = next(
        one for one in bill["components"] if one["bom-ref"] == "models/model2-ferplus-balanced/model.onnx"
    )
    assert len(model["hashes"][0]["content"]) == 64
    refs = {one["bom-ref"] for one in bill["components"]} | {sbom.ROOT_REF}
    assert all({need["ref"], *need["dependsOn"]} <= refs for need in bill["dependencies"])


def python_report(*packages: dict) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
UNKNOWN = {"name": "x", "skip_reason": "Dependency not found on PyPI and could not be audited: x (1)"}
BAD = {"name": "y", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        (python_report(CLEAN), 0, ["1 packages looked up, 0 known vulnerabilities."]),
        (python_report(UNKNOWN), 2, ["NOT AUDITED, 1 packages: Dependency not found on PyPI"]),
        (python_report(CLEAN, UNKNOWN), 2, ["NOT AUDITED, 1 packages", "1 packages looked up"]),
        (python_report(CLEAN, UNKNOWN, BAD), 1, ["VULNERABLE y 1: PYSEC-1, fixed in 1.1", "NOT AUDITED"]),
        ("", 2, ["NOT AUDITED, no package: the reason"]),
    ],
)
def test_a_package_that_was_not_looked_up_is_never_called_clean(capsys, output, code, said):
    """pip-audit exits with 0 where it found no package at all."""
    assert audit.report("Python", audit.read_pip_audit(output, "\nthe reason\n")) == code
    printed = capsys.readouterr().out
    assert all(words in printed for words in said)


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        (
            {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 9}}},
            0,
            "9 packages looked up, 0 known",
        ),
        (
            {"vulnerabilities": {"z": {"severity": "high"}}, "metadata": {"dependencies": {"total": 9}}},
            1,
            "VULNERABLE z: high",
        ),
        ({"message": "405 Method Not Allowed", "error": {}}, 2, "NOT AUDITED, no package: 405 Method"),
    ],
)
def test_what_npm_says_is_read_alike(capsys, output, code, said):
    assert audit.report("browser", audit.read_npm_audit(json.dumps(output))) == code
    assert said in capsys.readouterr().out
