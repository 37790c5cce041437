"""Measures the shape of the code: sizes, import chains, cycles, upward imports, comments, and the four trips.

`python -m benchmarks.common.structure` prints a table for webapp, training, benchmarks, tests and static/js; function
sizes of static/js need `npm ci`.
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
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common.trips import measure_trips

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("webapp", "training", "benchmarks", "tests")
SHORT_FILE = 60
SHORT_FILES = f"files under {SHORT_FILE} lines, package markers and migrations left out"
FUNCTION_SIZES = "lines a function (median / p90 / max)"
LONG_LINE = 120
ESLINT = ROOT / "node_modules" / ".bin" / "eslint"


def module_name(path: Path) -> str:
    """Returns the dotted name of a Python file of the repository."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files_of(folder: str, suffix: str) -> list[Path]:
    """Returns the source files of a folder, vendored ones left out."""
    found = sorted((ROOT / folder).rglob(f"*{suffix}"))
    return [path for path in found if not {"vendor", "node_modules"} & set(path.parts)]


def imports_of(path: Path, known: set[str], *, in_functions: bool = False) -> set[str]:
    """Returns the modules that a file imports, without imports for type checkers.

    Args:
        path: Python file.
        known: Names of the modules that count.
        in_functions: Whether imports inside functions count, which run later than the file is loaded.
    """
    tree, found = ast.parse(path.read_text()), set()
    for node in _run_nodes(tree, in_functions=in_functions):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            found |= {name if name in known else name.rpartition(".")[0]} & known
    return found - {module_name(path)}


def _run_nodes(tree: ast.AST, *, in_functions: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not in_functions:
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _run_nodes(node, in_functions=in_functions)


def import_graph(package: str, *, in_functions: bool = False) -> dict[str, set[str]]:
    """Returns which modules of a package each of its modules imports; see `imports_of`."""
    paths = {module_name(path): path for path in files_of(package, ".py")}
    return {name: imports_of(path, set(paths), in_functions=in_functions) for name, path in paths.items()}


def layers_of(package: str) -> dict[str, int]:
    """Returns the layer of each room in pyproject's import-linter contract, 0 at the top; empty without a contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next((one["layers"] for one in contracts if one.get("containers") == [package]), [])
    return {room.strip(): depth for depth, rooms in enumerate(layers) for room in rooms.split("|")}


def upward_imports(graph: dict[str, set[str]], layers: dict[str, int]) -> list[tuple[str, str]]:
    """Returns the imports of a room above, or beside in the same layer, which the contract forbids as well.

    Args:
        graph: Imports by module, those inside functions included.
        layers: Layer by room, 0 at the top.
    """
    room_of = {name: name.split(".")[1] if "." in name else "" for name in graph}
    return [
        (name, other)
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if {room_of[name], room_of[other]} <= layers.keys()
        and room_of[name] != room_of[other]
        and layers[room_of[other]] <= layers[room_of[name]]
    ]


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


def is_marker_or_migration(path: Path, text: str) -> bool:
    """Returns whether a file must be small: a package marker with at most a docstring, or a database migration."""
    if "migrations" in path.parts:
        return True
    tree = ast.parse(text)
    num_docstrings = 0 if ast.get_docstring(tree) is None else 1
    return path.name == "__init__.py" and len(tree.body) == num_docstrings


def share_short(sizes: list[int]) -> str:
    """Returns the share of files under `SHORT_FILE` lines."""
    return f"{sum(size < SHORT_FILE for size in sizes) / max(1, len(sizes)):.0%}"


def quantiles(sizes: list[int]) -> str:
    """Returns median, ninth decile and maximum."""
    if not sizes:
        return "-"
    ninth = sorted(sizes)[min(len(sizes) - 1, round(0.9 * (len(sizes) - 1)))]
    return f"{statistics.median(sizes):.0f} / {ninth} / {max(sizes)}"


def measure_python(package: str) -> dict[str, Any]:
    """Returns a package's figures."""
    paths, graph, layers = files_of(package, ".py"), import_graph(package), layers_of(package)
    texts = {path: path.read_text() for path in paths}
    sizes = [text.count("\n") for text in texts.values() if text]
    num_lines = sum(sizes)
    top = [path for path in (ROOT / package).glob("*.py")]
    return {
        "files": len(paths),
        "lines": num_lines,
        "lines a file (median / p90 / max)": quantiles(sizes),
        SHORT_FILES: share_short(
            [text.count("\n") for path, text in texts.items() if not is_marker_or_migration(path, text)]
        ),
        FUNCTION_SIZES: quantiles([n for path in paths for n in python_functions(path)]),
        "modules at the top": len(top),
        "longest import chain": len(longest_chain(graph)),
        "cycles": len(cycles(graph)),
        "upward imports, by the layers in pyproject.toml": len(
            upward_imports(import_graph(package, in_functions=True), layers)
        )
        if layers
        else "",
        "lines a comment": f"{num_lines / max(1, sum(map(num_comments, paths))):.0f}",
        "uses of Any": sum(len(re.findall(r"\bAny\b", text)) for text in texts.values()),
        "of it dict[str, Any]": sum(text.count("dict[str, Any]") for text in texts.values()),
        f"lines over {LONG_LINE} columns": _long_lines(texts.values()),
    }


def measure_javascript() -> dict[str, Any]:
    """Returns the figures of static/js."""
    texts = [path.read_text() for path in files_of("static/js", ".js")]
    sizes = [text.count("\n") for text in texts]
    return {
        "files": len(texts),
        "lines": sum(sizes),
        "lines a file (median / p90 / max)": quantiles(sizes),
        SHORT_FILES: share_short(sizes),
        FUNCTION_SIZES: quantiles(javascript_functions()),
        "modules at the top": len(list((ROOT / "static/js").glob("*.js"))),
        f"lines over {LONG_LINE} columns": _long_lines(texts),
    }


def javascript_functions() -> list[int]:
    """Returns the lines of each function of static/js, as eslint's rule counts them; empty before `npm ci`.

    The rule names functions of two lines and more, and counts neither blank lines nor comments.
    """
    if not ESLINT.exists():
        return []
    rule = {"max-lines-per-function": ["error", {"max": 1, "skipBlankLines": True, "skipComments": True}]}
    command = [ESLINT, "static/js", "--format", "json", "--rule", json.dumps(rule)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [message for file in json.loads(done.stdout) for message in file["messages"]]
    sizes = (re.search(r"too many lines \((\d+)\)", message["message"]) for message in found)
    return [int(size[1]) for size in sizes if size]


def _long_lines(texts: Any) -> int:
    return sum(len(line) > LONG_LINE for text in texts for line in text.splitlines())


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
