"""A real Prometheus scrapes a real server: every panel of the dashboard has data, and the alerts say what they mean."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import threading

import pytest
import requests

from tests.support.live_client import Client
from tests.support.servers import ROOT, free_port
from tests.support.waiting import wait_until

FOLDER = ROOT / "deploy" / "monitoring"
PANELS = json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not shutil.which("promtool"), reason="this machine has no prometheus"),
]


def test_the_configuration_and_the_alerts_are_understood():
    for command in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run(
            ["promtool", *command], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def prometheus(artifact, start_server, jpeg, tmp_path_factory):
    """The address of a Prometheus that has scraped a server with a visitor."""
    server, port = start_server(MODEL_DIR=str(artifact)), free_port()
    folder = tmp_path_factory.mktemp("prometheus")
    text = (FOLDER / "prometheus.yml").read_text()
    for old, new in {
        "127.0.0.1:8000": f"127.0.0.1:{server.port}",
        "15s": "1s",
        "alerts.yml": f"{FOLDER}/alerts.yml",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "prometheus.yml").write_text(text)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}/api/v1/query"
    client, over = Client(server.url), threading.Event()

    def visit() -> None:
        for seq in itertools.count():
            if over.wait(0.25):
                return
            client.frame(jpeg, seq)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        wait_until(lambda: _is_up(url), what="the first scrape")
        yield url
    finally:
        over.set()
        visitor.join(40)
        client.close()
        process.terminate()
        process.wait(20)


def _is_up(url: str) -> bool:
    try:
        return bool(ask(url, 'up{job="countenance"} == 1'))
    except requests.RequestException:
        return False


def ask(url: str, query: str) -> list:
    answer = requests.get(url, {"query": query}, timeout=10).json()
    assert answer["status"] == "success", answer
    return [one for one in answer["data"]["result"] if one["value"][1] != "NaN"]


@pytest.mark.parametrize(("title", "query"), QUERIES, ids=[title for title, _ in QUERIES])
def test_each_panel_has_data(prometheus, title, query):
    query = query.replace("$instance", ".*").replace("$__rate_interval", "30s")
    assert "$" not in query
    wait_until(lambda: ask(prometheus, query), 20, what=title)


def test_the_dashboard_asks_for_nothing_that_the_server_does_not_say(prometheus):
    known = {name for _, query in QUERIES for name in re.findall(r"\b(?:countenance|process)_\w+", query)}
    for name in known:
        assert ask(prometheus, name), name
