"""Brings the documents at the repository's top into the site, and makes links between all of them work in it.

The same files are read in the repository, where `docs/guide/x.md` links to `../../SECURITY.md`. A link to anything that
is not part of the site, such as a source file, becomes its text.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

TOP = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "SECURITY.md": "security-policy.md",
    "CHANGELOG.md": "changelog.md",
    "models/README.md": "models.md",
}
"""Documents outside docs/, and their places in the site."""

ICON = "static/img/icon.svg"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
FENCE = re.compile(r"(^ *```.*?^ *```)", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the documents of `TOP`, and the icon of the pages."""
    root = Path(config.config_file_path).parent
    for source, place in TOP.items():
        files.append(File.generated(config, place, content=(root / source).read_text(encoding="utf-8")))
    files.append(File.generated(config, ICON, abs_src_path=str(root / ICON)))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Rewrites the links of a page, outside blocks of code."""
    place = page.file.src_uri
    source = next((one for one, name in TOP.items() if name == place), f"docs/{place}")
    parts = FENCE.split(markdown)
    return "".join(
        part if index % 2 else LINK.sub(lambda link: _rewritten(link, source, place, files), part)
        for index, part in enumerate(parts)
    )


def _rewritten(link: re.Match[str], source: str, place: str, files: Files) -> str:
    """Returns a link of the site for one of the repository.

    Args:
        link: The link, as Markdown.
        source: Path in the repository of the document that has it.
        place: Its path in the site.
        files: All files of the site.
    """
    mark, text, target = link.groups()
    if re.match(r"[a-z]+:|#", target):
        return link[0]
    path, hash_sign, anchor = target.partition("#")
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    found = TOP.get(wanted, wanted.removeprefix("docs/") if wanted.startswith("docs/") else "")
    if not found or files.get_file_from_path(found) is None:
        return text
    return f"{mark}[{text}]({posixpath.relpath(found, posixpath.dirname(place) or '.')}{hash_sign}{anchor})"
