"""What model hubs read: a header on each card, with the figures of `card.json`."""

from __future__ import annotations

import json

import pytest
import yaml

from deploy.hub.model_card import README, front_matter, render
from tests.support.servers import ROOT
from webapp.settings import Settings

FOLDERS = sorted(path.parent for path in (ROOT / "models").glob("*/card.json"))


def header_of(text: str) -> dict:
    start, header, _ = text.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(header)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_each_model_has_the_readme_of_its_card(folder):
    """After a new card: python -m deploy.hub.model_card models/*/"""
    assert (folder / README).read_text(encoding="utf-8") == render(folder)


def test_the_header_has_every_figure_with_its_data_set():
    card = json.loads((FOLDERS[0] / "card.json").read_text())
    (entry,) = header_of(render(FOLDERS[0]))["model-index"]
    assert entry["name"] == card["name"]
    assert {one["dataset"]["split"] for one in entry["results"]} == set(card["metrics"])
    for one in entry["results"]:
        figures = {metric["type"]: metric["value"] for metric in one["metrics"]}
        assert figures["accuracy"] == pytest.approx(
            card["metrics"][one["dataset"]["split"]]["accuracy"], abs=1e-4
        )


def test_the_library_is_that_of_the_files():
    names = {path.name: front_matter(json.loads((path / "card.json").read_text())) for path in FOLDERS}
    assert names["model2-ferplus-balanced-int8"]["library_name"] == "onnx"
    assert names["model2-ferplus-balanced"]["library_name"] == "keras"


def test_a_space_listens_where_its_header_says_under_settings_that_the_server_takes():
    header = header_of((ROOT / "deploy" / "space" / "README.md").read_text(encoding="utf-8"))
    lines = (ROOT / "deploy" / "space" / "Dockerfile").read_text().splitlines()
    (words,) = [line.removeprefix("ENV ").split() for line in lines if line.startswith("ENV ")]
    settings = Settings.from_env(dict(word.split("=", 1) for word in words))
    assert header["sdk"] == "docker"
    assert header["app_port"] == settings.port
    assert settings.host == "0.0.0.0"
