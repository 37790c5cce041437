"""Completes a checkout before a wheel is made of it: the wheel brings the browser's packages."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserPackages(BuildHookInterface):  # type: ignore[type-arg]
    """Fetches the browser's packages, unless static/vendor has them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files."""
        program = Path(self.root, "deploy", "wheel", "browser_packages.py")
        spec = importlib.util.spec_from_file_location("browser_packages", program)
        if spec is None or spec.loader is None:
            raise RuntimeError(f"{program} is missing")
        packages = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(packages)
        if not packages.is_complete(Path(self.root, "static", "vendor")):
            packages.main(Path(self.root))
