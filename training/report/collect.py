"""Copies the results of finished runs to where the report reads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from training.artifacts.run_result import RESULT
from training.data.folds import PROTOCOLS
from training.errors import TrainingError
from training.report.results import RUNS


def collect(run_dir: Path, out_dir: Path) -> None:
    """Copies a finished run's results below `out_dir`; of `crossval`, those of the finished protocols.

    Args:
        run_dir: Run folder.
        out_dir: Folder of the report.

    Raises:
        TrainingError: If the run has no `result.json`, or the results cannot be copied.
    """
    try:
        result = json.loads((run_dir / RESULT).read_text())
        name, splits = result["name"], result["splits"]
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(
            f"{run_dir} has no {RESULT}. Write it first: python -m training results RECIPE --run-dir {run_dir} --data …"
        ) from error
    place = out_dir / RUNS / name
    finished = [pattern for protocol, pattern, _ in PROTOCOLS if protocol in splits]
    folds = sorted(path.parent for pattern in finished for path in run_dir.glob(f"{pattern}/log.csv"))
    copies = {run_dir / RESULT: RESULT, (folds[0] if folds else run_dir) / "recipe.json": "recipe.json"}
    if "forest" not in result:  # a forest has no epochs
        copies |= {fold / "log.csv": f"{fold.name}.csv" for fold in folds} or {run_dir / "log.csv": "log.csv"}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for source, target in copies.items():
            shutil.copyfile(source, place / target)
    except OSError as error:
        raise TrainingError(f"The results of {run_dir} could not be kept in {place} ({error}).") from error
