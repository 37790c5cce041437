"""What `/metrics` counts, and that it counts nothing about anybody."""

import re
import threading

import pytest

from tests.support.app import JPEG, frame, make_app
from webapp.core.geometry import Box
from webapp.metrics import MAX_NOTES, Metrics
from webapp.services import KEY


def figures(text):
    """Returns `{name with labels: value}`."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def of_app(app):
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=1.0.0")
    return figures(answer.text)


def test_frames_are_counted_by_outcome_and_their_stages_measured():
    app = make_app(Box(64, 48, 320, 240))
    assert frame(app)["ok"]
    assert not frame(app, b"no picture")["ok"]
    found = of_app(app)
    assert found['countenance_frames_total{outcome="ok"}'] == 1
    assert found['countenance_frames_total{outcome="not_an_image"}'] == 1
    for stage in ("queue", "decode", "detect", "classify", "total"):
        assert found[f'countenance_stage_seconds_count{{stage="{stage}"}}'] == 1
    assert found['countenance_stage_seconds_sum{stage="total"}'] > 0


def test_requests_are_counted_by_route_not_by_address():
    app = make_app()
    client = app.test_client()
    for address in ("/healthz", "/api/v1/playlists?secret=1", "/nowhere/at/all", "/nowhere/else"):
        client.get(address)
    client.open("/healthz", method="INVENTED")
    found = of_app(app)
    assert found['countenance_http_requests_total{method="GET",route="/healthz",status="200"}'] == 1
    assert found['countenance_http_requests_total{method="GET",route="none",status="404"}'] == 2
    assert any('method="other"' in name for name in found)
    assert not re.search("secret|nowhere|INVENTED", " ".join(found))


def test_visitors_model_and_waiting_faces_are_said():
    app = make_app()
    app.extensions[KEY].sessions.open("one")
    found = of_app(app)
    assert found["countenance_visitors"] == 1
    assert found["countenance_waiting_faces"] == 0
    assert any(name.startswith('countenance_model_info{name="fake"') for name in found)


def test_notes_from_many_threads_are_all_counted():
    metrics = Metrics()
    threads = [threading.Thread(target=lambda: [metrics.note_batch(3) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = figures(metrics.as_text().decode())
    assert (found["countenance_batch_faces_count"], found["countenance_batch_faces_sum"]) == (800, 2400)


def test_notes_do_not_pile_up_where_nobody_reads_them():
    metrics = Metrics()
    for _ in range(MAX_NOTES + 5):
        metrics.note_frame("ok", {"total": 4.0})
    assert len(metrics._frame_notes) == 5
    found = figures(metrics.as_text().decode())
    assert found['countenance_frames_total{outcome="ok"}'] == MAX_NOTES + 5
    assert found['countenance_stage_seconds_sum{stage="total"}'] == pytest.approx(0.004 * (MAX_NOTES + 5))


def test_a_frame_leaves_no_picture_in_the_figures():
    app = make_app(Box(64, 48, 320, 240))
    frame(app, JPEG)
    text = app.test_client().get("/metrics").text
    assert len(text) < 20_000
    assert "JFIF" not in text
