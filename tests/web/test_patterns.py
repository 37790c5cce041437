"""Every regular expression of the app takes a time that grows no faster than its text."""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Iterator

import pytest

from tests.support.servers import ROOT

FUNCTIONS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "split", "Regexp"}
SECONDS = 0.5
SIZE = 20_000
"""A quadratic pattern takes seconds for a text of this size, a linear one a millisecond."""


def patterns() -> Iterator[tuple[str, str]]:
    """Yields each pattern in the source of `webapp` with its place; computed parts by the module's constants."""
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.func, ast.Attribute):
                continue
            of = getattr(node.func.value, "id", "")
            if node.func.attr in FUNCTIONS and of in ("re", "validate"):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text_of(node.args[0], path)


def text_of(node: ast.expr, path) -> str:
    """Returns the text of an expression: a constant, an f-string or a name of its module."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part, path) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return text_of(node.value, path)
    if isinstance(node, ast.Name):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        return getattr(module, node.id, "[a-z]+")
    raise AssertionError(f"{path}: a pattern that this test cannot read: {ast.dump(node)}")


FOUND = dict(patterns())
FILLINGS = [
    "\n",
    " ",
    "a",
    "0",
    "-",
    "/",
    ".",
    "=",
    "%",
    "[",
    "\x00",
    "a/",
    " \n",
    "/a",
    "playlist/",
    "1.",
    "\ud800",
]


def test_the_search_finds_the_patterns():
    assert any("embeds" in place for place in FOUND)
    assert any("journal" in place for place in FOUND)


@pytest.mark.parametrize("place", FOUND)
def test_it_is_linear(place):
    pattern = re.compile(FOUND[place])
    for begin in ("", "/", "/de/playlist/", "File1", "["):
        for filling in FILLINGS:
            text: str | bytes = begin + filling * (SIZE // len(filling)) + "!"
            nothing: str | bytes = ""
            if isinstance(pattern.pattern, bytes):
                text, nothing = text.encode(errors="surrogatepass"), b""
            begun_s = time.process_time()
            pattern.search(text)
            pattern.fullmatch(text)
            pattern.sub(nothing, text)
            took_s = time.process_time() - begun_s
            assert took_s < SECONDS, (
                f"{pattern.pattern!r} took {took_s:.1f} s for {begin + filling!r} x {SIZE}"
            )
