"""A server whose faces other machines read: over real sockets, in both modes, also while those machines are away."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.support.artifacts import make_artifact
from tests.support.inference_server import InferenceServer
from tests.support.live_client import Client
from tests.support.servers import Server
from webapp.inference.card import read_card
from webapp.inference.onnx_backend import load_onnx_backend

BOX = [0.2, 0.2, 0.4, 0.4]


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_faces_are_read_elsewhere_and_refused_by_name_while_nobody_reads(mode, tmp_path):
    artifact = make_artifact(tmp_path / "models" / "tiny", with_onnx=True)
    card = read_card(artifact)
    model = load_onnx_backend(artifact, card)
    replica = InferenceServer(card.name, model.run)
    server = Server(
        tmp_path / "log.txt",
        ASYNC_MODE=mode,
        MODEL_DIR=str(artifact),
        CLASSIFIER="remote",
        CLASSIFIER_URL=replica.url,
        CLASSIFIER_TIMEOUT_S="0.5",
    ).start()
    client = Client(server.url)
    crop = np.random.default_rng(0).integers(0, 256, (1, 48, 48, 1), np.uint8)
    expected = dict(zip(card.labels, model.run(crop)[0], strict=True))

    def ask(seq):
        return client.call(
            {"seq": seq, "t_ms": seq * 100, "boxes": [BOX]}, crop.tobytes(), event="faces", timeout=5
        )

    try:
        assert ask(1)["faces"][0]["probs"] == pytest.approx(expected, abs=1e-3)
        replica.before_answer = lambda: time.sleep(3)  # it hangs
        begun_s = time.monotonic()
        refused = ask(2)
        assert time.monotonic() - begun_s < 2
        assert refused["error"]["code"] == "server_busy"
        assert 50 <= refused["error"]["retry_after_ms"] <= 5000
        assert server.get("/healthz") == 200  # pages and the event loop go on
        replica.before_answer = lambda: None
        time.sleep(refused["error"]["retry_after_ms"] / 1000 + 0.5)
        answer = ask(3)
        assert answer["ok"], answer
        assert answer["faces"][0]["probs"] == pytest.approx(expected, abs=1e-3)
    finally:
        client.close()
        server.stop()
        replica.close()
