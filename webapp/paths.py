"""Where the program's own files lie, and what relative settings are relative to: in a checkout, and installed.

A wheel carries pages, texts and models inside `countenance/shipped` (pyproject.toml); a checkout has them at its top.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[1]
"""Folder that holds the packages: the checkout, or `site-packages`. Programs that we start import them from there."""
_IN_A_WHEEL = PACKAGES / "countenance" / "shipped"
IS_INSTALLED = _IN_A_WHEEL.is_dir()
SHIPPED = _IN_A_WHEEL if IS_INSTALLED else PACKAGES
"""Folder that holds `static`, `templates`, `translations` and `models`."""


def resolve(value: str) -> Path:
    """Returns the path that a setting names.

    A relative one begins at the checkout; of an installed package at the current folder, or else, where there is
    nothing of that name, at what is shipped: `models/NAME` means the same in both.
    """
    if not IS_INSTALLED:
        return PACKAGES / value
    path = Path.cwd() / value
    return SHIPPED / value if not path.exists() and (SHIPPED / value).exists() else path


def user_folder(environment: Mapping[str, str]) -> Path:
    """Returns the folder for what the program keeps for this user."""
    home = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "countenance"


def data_folder(environment: Mapping[str, str]) -> Path:
    """Returns the folder of `DATA_DIR=auto`: `data` of the checkout, or the user's of an installed package."""
    return user_folder(environment) if IS_INSTALLED else PACKAGES / "data"
