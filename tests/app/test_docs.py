"""The site of docs/ is built without a warning, links within itself and can be searched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ROOT

MKDOCS = Path(sys.executable).with_name("mkdocs")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [MKDOCS, "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_link_leads_to_a_page_or_a_file(site):
    missing = []
    for page in site.rglob("*.html"):
        for target in re.findall(r'(?:href|src)="([^"#?]+)', page.read_text(encoding="utf-8")):
            inside = not re.match(r"[a-z]+:|/", target)
            if inside and not (page.parent / target).exists():
                missing.append(f"{page.relative_to(site)}: {target}")
    assert missing == []


def test_the_first_page_is_the_readme_and_loads_nothing_from_others(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "Facial-expression recognition that real people use in a browser" in page
    assert 'href="guide/operating.html#a-kiosk"' in page
    assert not re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="https?:', page)


def test_what_is_written_is_found(site):
    found = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    texts = {one["location"]: one["text"] for one in found}
    assert any("MAX_FRAME_PIXELS" in text for place, text in texts.items() if "settings" in place)
    assert any(place.startswith("changelog.html") for place in texts)
