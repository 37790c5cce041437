"""On what a run is computed: hardware and versions."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training import device
from training.files import replace_text

ENVIRONMENT = "environment.json"


def describe() -> dict[str, Any]:
    """Returns this machine's hardware in words, and the versions of what computes."""
    return {"hardware": device.describe(), "versions": versions()}


def versions() -> dict[str, str]:
    """Returns the versions of what computes."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": f"{backend} {__import__(backend).__version__}",
        "numpy": np.__version__,
    }


def write_environment(run_dir: Path) -> None:
    """Keeps on what a run was begun: its result may be written elsewhere. A resumed run keeps the first."""
    path = run_dir / ENVIRONMENT
    if not path.exists():
        replace_text(path, json.dumps(describe(), indent=1) + "\n")


def read_environment(run_dir: Path) -> dict[str, Any]:
    """Returns on what a run was begun; this machine where the run folder does not say."""
    path = run_dir / ENVIRONMENT
    return json.loads(path.read_text()) if path.exists() else describe()
