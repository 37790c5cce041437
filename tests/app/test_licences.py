"""Countenance is under the MIT licence, and so is nothing inside it that asks for more than to be named."""

from __future__ import annotations

import re

import pytest

from tests.support.packages import installed, is_allowed, licences, normal, top_level
from webapp.paths import PACKAGES as ROOT

PERMISSIVE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Zlib",
    }
)

WEAK_COPYLEFT = {
    "bidict": "MPL-2.0",
    "certifi": "MPL-2.0",
    "pi-heif": "LGPL-3.0-only",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "soxr": "LGPL-2.1-or-later",
}
"""Packages of which a changed version would have to be published; whoever only uses them owes nothing but their notice
and the right to exchange them. docs/reference/dependencies.md names them."""

STRONG_COPYLEFT_LIBRARIES = re.compile(r"lib(x26[45]|xvid|fdk|dvd|postproc|mad|faad|faac)", re.IGNORECASE)
"""Libraries in wheels whose licences would extend to all of Countenance, or forbid passing it on."""


@pytest.fixture(scope="module")
def packages():
    return installed(top_level())


def test_every_package_is_permissive_or_a_known_exception(packages):
    named = {name: licences(package) for name, package in packages.items()}
    copyleft = {
        name: wanted
        for name, wanted in named.items()
        if not all(is_allowed(one, PERMISSIVE) for one in wanted)
    }
    allowed = {name: PERMISSIVE | {licence} for name, licence in WEAK_COPYLEFT.items()}
    refused = {
        name: wanted
        for name, wanted in copyleft.items()
        if not all(is_allowed(one, allowed.get(name, PERMISSIVE)) for one in wanted)
    }
    assert refused == {}
    assert set(copyleft) == set(WEAK_COPYLEFT), "an exception that no package needs any more"


def test_no_wheel_brings_a_library_under_the_gpl(packages):
    assert len(packages) > 50
    found = [
        str(file)
        for package in packages.values()
        for file in package.files or []
        if ".so" in file.name and STRONG_COPYLEFT_LIBRARIES.match(file.name)
    ]
    assert found == []


def test_ffmpeg_in_opencv_is_built_without_its_gpl_parts(packages):
    libraries = [
        file for file in packages["opencv-python-headless"].files if file.name.startswith("libavcodec")
    ]
    for library in libraries:
        content = library.locate().read_bytes()
        assert b"libavcodec license: LGPL version 2.1 or later" in content
        assert b"--enable-gpl" not in content


def test_the_page_about_dependencies_names_every_exception():
    page = (ROOT / "docs" / "reference" / "dependencies.md").read_text()
    for name, licence in WEAK_COPYLEFT.items():
        assert re.search(rf"^\|.*`{re.escape(name)}`.*{re.escape(licence)}", page, re.MULTILINE), name
    for line in top_level():
        assert normal(line.name) not in {"mutagen", "pillow-heif"}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-2.0-or-later", False),
        ("GPL-2.0-only OR MIT", True),
        ("MIT AND PSF-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", True),
        ("unknown", False),
    ],
)
def test_expressions_of_licences(expression, allowed):
    assert is_allowed(expression, PERMISSIVE) is allowed
