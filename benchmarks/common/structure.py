"""Measures the shape of the code: sizes, import chains, cycles, upward imports, comments, and the four trips.

`python -m benchmarks.common.structure` prints a table for webapp, training, benchmarks, tests and static/js.
`python -m benchmarks.common.structure --trips` also runs a frame, a photo and a song through the app and counts the
server files whose code runs.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import statistics
import sys
import tempfile
import threading
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("webapp", "training", "benchmarks", "tests")
SHORT_FILE = 60
LONG_LINE = 120
FUNCTION = re.compile(
    r"^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\b|^\s*(?:async\s+)?\w+\([^)]*\)\s*\{$"
)


def module_name(path: Path) -> str:
    """Returns the dotted name of a Python file of the repository."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files_of(folder: str, suffix: str) -> list[Path]:
    """Returns the source files of a folder, vendored ones left out."""
    found = sorted((ROOT / folder).rglob(f"*{suffix}"))
    return [path for path in found if not {"vendor", "node_modules"} & set(path.parts)]


def imports_of(path: Path, known: set[str]) -> set[str]:
    """Returns the modules of `known` that a file imports when it is loaded; what is for type checkers is left out."""
    tree, found = ast.parse(path.read_text()), set()
    for node in _run_at_import(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            found |= {name if name in known else name.rpartition(".")[0]} & known
    return found - {module_name(path)}


def _run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_at_import(node)


def import_graph(package: str) -> dict[str, set[str]]:
    """Returns which modules of a package each of its modules imports."""
    paths = {module_name(path): path for path in files_of(package, ".py")}
    return {name: imports_of(path, set(paths)) for name, path in paths.items()}


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Returns the groups of modules that import each other in a circle (Tarjan's components of two and more)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def longest_chain(graph: dict[str, set[str]]) -> list[str]:
    """Returns the longest chain of modules of which each imports the next."""
    best: dict[str, list[str]] = {}

    def chain(name: str, above: frozenset[str]) -> list[str]:
        if name not in best:
            below = (chain(other, above | {name}) for other in sorted(graph[name]) if other not in above)
            best[name] = [name, *max(below, key=len, default=[])]
        return best[name]

    return max((chain(name, frozenset()) for name in graph), key=len, default=[])


def python_functions(path: Path) -> list[int]:
    """Returns the lines of each function of a file."""
    nodes = ast.walk(ast.parse(path.read_text()))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]


def num_comments(path: Path) -> int:
    """Returns how many lines of a Python file hold a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def quantiles(sizes: list[int]) -> str:
    """Returns median, ninth decile and maximum."""
    if not sizes:
        return "-"
    ninth = sorted(sizes)[min(len(sizes) - 1, round(0.9 * (len(sizes) - 1)))]
    return f"{statistics.median(sizes):.0f} / {ninth} / {max(sizes)}"


def measure_python(package: str) -> dict[str, Any]:
    """Returns a package's figures."""
    paths, graph = files_of(package, ".py"), import_graph(package)
    texts = {path: path.read_text() for path in paths}
    sizes = [text.count("\n") for text in texts.values() if text]
    num_lines = sum(sizes)
    top = [path for path in (ROOT / package).glob("*.py")]
    return {
        "files": len(paths),
        "lines": num_lines,
        "lines a file (median / p90 / max)": quantiles(sizes),
        f"files under {SHORT_FILE} lines": f"{sum(size < SHORT_FILE for size in sizes) / len(sizes):.0%}",
        "lines a function (median / p90 / max)": quantiles(
            [n for path in paths for n in python_functions(path)]
        ),
        "modules at the top": len(top),
        "longest import chain": len(longest_chain(graph)),
        "cycles": len(cycles(graph)),
        "lines a comment": f"{num_lines / max(1, sum(map(num_comments, paths))):.0f}",
        "uses of Any": sum(len(re.findall(r"\bAny\b", text)) for text in texts.values()),
        "of it dict[str, Any]": sum(text.count("dict[str, Any]") for text in texts.values()),
        f"lines over {LONG_LINE} columns": _long_lines(texts.values()),
    }


def measure_javascript() -> dict[str, Any]:
    """Returns the figures of static/js; function sizes are checked by eslint."""
    texts = [path.read_text() for path in files_of("static/js", ".js")]
    sizes = [text.count("\n") for text in texts]
    return {
        "files": len(texts),
        "lines": sum(sizes),
        "lines a file (median / p90 / max)": quantiles(sizes),
        f"files under {SHORT_FILE} lines": f"{sum(size < SHORT_FILE for size in sizes) / len(sizes):.0%}",
        "modules at the top": len(list((ROOT / "static/js").glob("*.js"))),
        f"lines over {LONG_LINE} columns": _long_lines(texts),
    }


def _long_lines(texts: Any) -> int:
    return sum(len(line) > LONG_LINE for text in texts for line in text.splitlines())


class Visited:
    """Notes whose code runs: the files of webapp, in this thread and in every thread that starts after `install`."""

    def __init__(self) -> None:
        """Begins with no file."""
        self.files: set[str] = set()

    def install(self) -> None:
        """Starts to take notes."""
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def _note(self, frame: Any, event: str, _: Any) -> None:
        path = frame.f_code.co_filename
        if event == "call" and path.startswith(str(ROOT / "webapp")):
            self.files.add(str(Path(path).relative_to(ROOT)))


def measure_trips() -> dict[str, list[str]]:
    """Returns the server files that a frame, a photo and a song cross."""
    import cv2

    from benchmarks.common.behaviour import place
    from webapp import create_app
    from webapp.extensions import socketio
    from webapp.settings import Settings

    jpeg = cv2.imencode(".jpg", place((90, 10, 460, 0)))[1].tobytes()
    visited = Visited()
    visited.install()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env({"ASYNC_MODE": "threading", "DATA_DIR": folder}))
        web, live = app.test_client(), socketio.test_client(app, namespace="/live")

        def frame() -> None:
            live.emit("frame", {"seq": 1, "t_ms": 1.0}, jpeg, namespace="/live", callback=True)

        def photo() -> None:
            assert web.post("/api/v1/photos", data={"photos": (io.BytesIO(jpeg), "a.jpg")}).status_code == 200  # noqa: S101

        def song() -> None:
            asked = {"mood": {"valence": 0.5, "arousal": 0.5}}
            assert web.post("/api/v1/music/next", json=asked).status_code == 200  # noqa: S101

        return {act.__name__: _files_of(act, visited) for act in (frame, photo, song)}


def _files_of(act: Callable[[], None], visited: Visited) -> list[str]:
    act()  # whatever is done once is done now
    visited.files = set()
    act()
    return sorted(visited.files)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--trips", action="store_true", help="also count the files that a frame, a photo and a song cross"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {package: measure_python(package) for package in PACKAGES}
    figures["static/js"] = measure_javascript()
    if arguments.trips:
        figures["trips"] = measure_trips()
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    names = list(dict.fromkeys(name for part in figures.values() if isinstance(part, dict) for name in part))
    columns = [*PACKAGES, "static/js"]
    print(f"| |{' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name in names:
        if name in {"frame", "photo", "song"}:
            continue
        print(f"| {name} | {' | '.join(str(figures[column].get(name, '')) for column in columns)} |")
    print("\nLongest chain in webapp:", " > ".join(longest_chain(import_graph("webapp"))))
    for trip, files in figures.get("trips", {}).items():
        print(f"\nA {trip} crosses {len(files)} server files: {', '.join(files)}")


if __name__ == "__main__":
    main()
