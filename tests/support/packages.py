"""What `requirements.txt` installs, with the packages that its packages need, and their licences."""

from __future__ import annotations

import importlib.metadata as metadata
import re
from collections.abc import Iterable

from packaging.requirements import Requirement

from webapp.paths import PACKAGES as ROOT

SPDX = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
"""What packages call licences in their older fields; a name that is missing here stands as it is."""

LICENCE_IN_A_FILE = {"namex": "Apache-2.0"}
"""Packages whose metadata name no licence, while a file of theirs holds one."""

LONGEST_NAME = 60  # some packages put the whole text where its name belongs


def normal(name: str) -> str:
    """Returns a package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def top_level() -> list[Requirement]:
    """Returns the lines of requirements.txt."""
    lines = (line.partition(" #")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def installed(requirements: Iterable[Requirement]) -> dict[str, metadata.Distribution]:
    """Returns installed packages and all that they need, by normal name."""
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = list(requirements)
    while todo:
        wanted = todo.pop()
        if (normal(wanted.name), frozenset(wanted.extras)) in seen:
            continue
        seen.add((normal(wanted.name), frozenset(wanted.extras)))
        package = found[normal(wanted.name)] = metadata.distribution(wanted.name)
        for needed in map(Requirement, package.requires or []):
            extras = wanted.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(needed)
    return found


def licences(package: metadata.Distribution) -> list[str]:
    """Returns the licences that a package is under, all of them at once, as SPDX expressions."""
    fields = package.metadata
    if expression := fields.get("License-Expression"):
        return [expression]
    classifiers = [
        value.rpartition(" :: ")[2] for value in fields.get_all("Classifier") or [] if value[:7] == "License"
    ]
    text = fields.get("License") or ""
    names = {*classifiers, *([text.rpartition(" :: ")[2]] if 0 < len(text) <= LONGEST_NAME else [])}
    return sorted({SPDX.get(name.lower(), name) for name in names}) or [
        LICENCE_IN_A_FILE.get(normal(fields["Name"]), "unknown")
    ]


def is_allowed(expression: str, allowed: frozenset[str]) -> bool:
    """Whether a SPDX expression without brackets can be met with some licences: one of an OR, all of an AND."""
    return any(
        all(part.partition(" WITH ")[0].strip() in allowed for part in choice.split(" AND "))
        for choice in expression.split(" OR ")
    )
