"""Renders and writes docs/results."""

from __future__ import annotations

from pathlib import Path

from training.errors import TrainingError
from training.files import replacing
from training.report.conditions import PAGE, conditions_page
from training.report.figures import recalls
from training.report.front import front_page
from training.report.pages import FIGURES, run_page
from training.report.peers import TITLE
from training.report.results import Results


def rendered(results: Results) -> dict[str, bytes]:
    """Returns every file of the report by its path below docs/results. The same results give the same bytes."""
    page = front_page(results)
    files: dict[str, bytes] = {}
    tested = [
        (runs[0].name, runs[0].splits["PrivateTest"].single)
        for runs in results.by_recipe()
        if "PrivateTest" in runs[0].splits
    ]
    if tested:
        name = f"{FIGURES}/recall.svg"
        files[name] = recalls(tested)
        page = page.replace(
            TITLE,
            f"![Recall of every label on PrivateTest, model by model]({name})\n\n{TITLE}",
        )
    for run in results.runs.values():
        files |= run_page(run)
    if results.conditions:
        files[PAGE] = conditions_page(results.conditions)
    return {"README.md": page.encode()} | files


def write(files: dict[str, bytes], out_dir: Path) -> None:
    """Writes the files, and removes pages and figures of runs that are no longer among the results.

    Raises:
        TrainingError: If a file cannot be written.
    """
    try:
        (out_dir / FIGURES).mkdir(parents=True, exist_ok=True)
        for path in stale(files, out_dir):
            path.unlink()
        for name, content in files.items():
            with replacing(out_dir / name) as file:
                file.write(content)
    except OSError as error:
        raise TrainingError(f"{out_dir} could not be written ({error.strerror or error}).") from error


def stale(files: dict[str, bytes], out_dir: Path) -> list[Path]:
    """Returns pages and figures in `out_dir` that are not among `files`."""
    found = [*out_dir.glob("*.md"), *(out_dir / FIGURES).glob("*.svg")]
    return sorted(path for path in found if path.relative_to(out_dir).as_posix() not in files)
