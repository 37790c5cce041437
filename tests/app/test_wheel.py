"""Whoever has nothing but the wheel has the product: pages, labels, the command and the library."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support import wheel
from tests.support.packages import normal, top_level
from tests.support.servers import ROOT, free_port
from tests.support.waiting import wait_until
from webapp.version import VERSION

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PHOTO = ROOT / "static" / "samples" / "photo-1.jpg"
PYTHON = os.environ.get("WHEEL_PYTHON", sys.executable)
"""Another interpreter to check the wheel with."""

MOST_MB = 480
START_S, LABEL_S = 20, 3
"""Seconds of processor time, which other tests do not stretch; without them the clock shows about as many."""

LIMIT_S = 180
TRAP = "raise SystemExit('a package of the folder of the start was imported')\n"


def of_extras() -> list[Requirement]:
    return [Requirement(one) for lines in PROJECT["optional-dependencies"].values() for one in lines]


def test_base_and_extras_name_what_requirements_txt_does_in_ranges_that_hold_its_versions():
    ranges: dict[str, list[Requirement]] = {}
    for one in [*map(Requirement, PROJECT["dependencies"]), *of_extras()]:
        ranges.setdefault(normal(one.name), []).append(one)
    for line in top_level():
        (pin,) = line.specifier
        assert all(pin.version in one.specifier for one in ranges[normal(line.name)]), line.name


def test_the_base_has_neither_tensorflow_nor_keras():
    assert not {"tensorflow", "keras", "jax"} & {
        normal(Requirement(one).name) for one in PROJECT["dependencies"]
    }
    assert {"train", "gpu", "openvino", "ray"} <= set(PROJECT["optional-dependencies"])


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    return wheel.install(wheel.build(folder), folder / "environment", PYTHON)


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with packages of our names, which are not ours."""
    for name in ("webapp", "countenance", "training"):
        (tmp_path / "start" / name).mkdir(parents=True)
        (tmp_path / "start" / name / "__init__.py").write_text(TRAP)
    return tmp_path / "start"


def environment(tmp_path: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return {**kept, "XDG_DATA_HOME": str(tmp_path / "user"), **settings}


def run(programs, tmp_path, *arguments, cwd=None):
    return subprocess.run(
        [programs / "countenance", *map(str, arguments)],
        cwd=cwd or tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def processor_s() -> float:
    """Returns the processor time of all processes that have been started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def get(url: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode()


def is_ready(process: subprocess.Popen, url: str) -> bool:
    assert process.poll() is None, "the server has ended"
    try:
        return bool(get(f"{url}/readyz"))
    except OSError:
        return False


@pytest.mark.slow
def test_what_is_installed_is_small_and_without_tensorflow(programs):
    (packages,) = (programs.parent / "lib").glob("python*/site-packages")
    assert not {"tensorflow", "keras", "jax", "scipy", "openvino"} & {
        path.name for path in packages.iterdir()
    }
    assert wheel.megabytes(packages) < MOST_MB


@pytest.mark.slow
@pytest.mark.server
def test_it_serves_from_any_folder_and_writes_nothing_into_it(programs, elsewhere, tmp_path):
    url = f"http://127.0.0.1:{(port := free_port())}"
    before, spent_s = sorted(elsewhere.rglob("*")), processor_s()
    with subprocess.Popen(
        [programs / "countenance", "serve"], cwd=elsewhere, env=environment(tmp_path, PORT=str(port))
    ) as process:
        try:
            wait_until(lambda: is_ready(process, url), LIMIT_S, "the start of the installed server")
            for path in ("/", "/music", "/photos", "/model", "/about", "/api"):
                page = get(url + path, **{"Accept-Language": "de"})
                assert '<html lang="de"' in page
            static = re.search(r"/static/[0-9a-f]{12}/", page)[0]
            assert get(f"{url}{static}vendor/socket.io.esm.min.js")
            model = json.loads(get(f"{url}/api/v1/model"))
            assert model["name"] == "model2-ferplus-balanced-int8"
        finally:
            process.terminate()
            process.wait(60)
    assert processor_s() - spent_s < START_S
    assert sorted(elsewhere.rglob("*")) == before
    assert (tmp_path / "user" / "countenance" / "music.sqlite3").is_file()


@pytest.mark.slow
def test_it_labels_a_photo_in_three_seconds(programs, elsewhere, tmp_path):
    spent_s = processor_s()
    done = run(programs, tmp_path, "label", PHOTO, "--json", cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert [face["label"] for face in json.loads(done.stdout)["results"][0]["faces"]] == ["happy"]
    assert processor_s() - spent_s < LABEL_S


@pytest.mark.slow
def test_the_command_says_its_version_and_what_training_lacks(programs, tmp_path):
    assert run(programs, tmp_path, "--version").stdout == f"Countenance {VERSION}\n"
    assert "countenance train --help" in run(programs, tmp_path, "--help").stdout
    done = run(programs, tmp_path, "train", "evaluate", "nowhere", "--data", "nowhere")
    assert done.returncode == 1
    assert re.fullmatch(
        r"error: Training needs \w+, which is not installed\. `pip install 'countenance\[train\]'` brings it\.\n",
        done.stderr,
    )


def python(tmp_path, *arguments):
    """Runs a program elsewhere than in the checkout and returns what it prints."""
    done = subprocess.run(
        [*map(str, arguments), str(PHOTO)],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_library_reads_a_photo(programs, tmp_path):
    program = "import sys; from countenance import Reader; print(Reader().read(sys.argv[1])[0].label)"
    assert python(tmp_path, programs / "python", "-c", program) == "happy\n"


@pytest.mark.slow
def test_training_finds_the_schema_of_cards(programs, tmp_path):
    program = "from training.files import SHIPPED; print((SHIPPED / 'models' / 'card.schema.json').is_file())"
    assert python(tmp_path, programs / "python", "-c", program) == "True\n"
