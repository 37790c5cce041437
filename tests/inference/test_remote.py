"""Classifiers on other machines: the same answers, each to its own face, and none that wait for ever."""

from __future__ import annotations

import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.inference.test_runtimes import crops_of
from tests.support.artifacts import make_artifact
from tests.support.inference_server import InferenceServer
from tests.support.servers import SHIPPED, free_port
from tests.support.waiting import LIMIT_S
from webapp.errors import ModelError, ServerBusy
from webapp.inference import load_classifier
from webapp.inference.batcher import MicroBatcher
from webapp.inference.card import read_card
from webapp.inference.onnx_backend import load_onnx_backend
from webapp.inference.open_inference import (
    OtherVersion,
    Signature,
    pack_request,
    pack_response,
    unpack_request,
    unpack_response,
)
from webapp.inference.remote_backend import RemoteBackend, RemoteServers
from webapp.inference.replicas import NoReplica, Replicas

SIGNATURE = Signature("crops", "UINT8", "probabilities", "3")


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return make_artifact(tmp_path_factory.mktemp("models") / "tiny", with_onnx=True)


@pytest.fixture(scope="module")
def card(artifact):
    return read_card(artifact)


@pytest.fixture(scope="module")
def local(artifact, card):
    return load_onnx_backend(artifact, card)


@pytest.fixture
def start(card, local):
    servers = []

    def begin(run=None, **options):
        servers.append(InferenceServer(card.name, run or local.run, **options))
        return servers[-1]

    yield begin
    for server in servers:
        server.close()


def urls_of(*servers):
    return tuple(server.url for server in servers)


def stop(server):
    """Stops a server as a crash does: also the connections that it keeps alive."""
    server.before_answer = _die
    server.close()


def _die():
    raise ConnectionError


@pytest.mark.parametrize("datatype", ["UINT8", "FP32"])
def test_messages_come_back_as_they_went(datatype):
    signature = Signature("in", datatype, "out", "7")
    crops = crops_of()[:5]
    body, length = pack_request("a-1", crops, signature)
    assert (len(body) - length) == crops.size * (1 if datatype == "UINT8" else 4)
    request_id, received = unpack_request(body, length, signature)
    assert request_id == "a-1"
    np.testing.assert_array_equal(received, crops)
    answers = np.random.default_rng(0).random((5, 7), np.float32)
    np.testing.assert_array_equal(
        unpack_response(*pack_response("a-1", "m", answers, signature), "a-1", signature), answers
    )
    assert Signature.of_metadata(signature.as_metadata("m", "test", 7)) == signature


def test_an_answer_in_json_alone_is_understood():
    body = (
        b'{"model_name": "m", "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [1, 2],'
        b' "data": [0.25, 0.75]}]}'
    )
    np.testing.assert_array_equal(unpack_response(body, None, "a-1", SIGNATURE), [[0.25, 0.75]])


@pytest.mark.parametrize(
    ("body", "length"),
    [
        (b"", None),
        (b"[]", None),
        (b"{}", 2),
        (b"[" * 100_000, None),
        (b'{"outputs": []}', None),
        (b'{"outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [1, 7]}]}', None),
        (b'{"outputs": [{"name": "other", "datatype": "FP32", "shape": [0, 7], "data": []}]}', None),
        (b'{"outputs": [{"name": "probabilities", "datatype": "INT4", "shape": [1, 7], "data": []}]}', None),
        (
            b'{"outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 7], "data": [1]}]}',
            None,
        ),
        (b'{"outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [1, 2], "data": [1]}]}', None),
        (b'{"id": "other", "outputs": []}', None),
    ],
)
def test_what_is_no_answer_is_said(body, length):
    with pytest.raises(ValueError, match="expected"):
        unpack_response(body, length, "a-1", SIGNATURE)


def test_an_answer_of_another_version_is_told_apart():
    other = Signature("crops", "UINT8", "probabilities", "4")
    with pytest.raises(OtherVersion, match="expected version 3, received 4"):
        unpack_response(*pack_response("a-1", "m", np.zeros((1, 7)), other), "a-1", SIGNATURE)


def test_a_server_that_failed_rests_and_one_call_tries_it_again():
    now_s = 0.0
    replicas = Replicas(("http://a", "http://b"), clock=lambda: now_s)
    for _ in range(3):
        with pytest.raises(OSError, match="gone"), replicas.one({"http://b"}):
            raise OSError("gone")
        now_s += 10
    with pytest.raises(OSError, match="gone"), replicas.one({"http://b"}):
        raise OSError("gone")
    for _ in range(4):  # it rests for 2 s now
        with replicas.one(set()) as chosen:
            assert chosen.url == "http://b"
    with pytest.raises(NoReplica) as none, replicas.one({"http://b"}):
        pass
    assert none.value.wait_s == pytest.approx(2)
    now_s += 2
    with replicas.one({"http://b"}) as trial:
        assert trial.url == "http://a"
        assert not replicas.has_other({"http://b"})  # one call is enough to find out
    assert replicas.has_other({"http://b"})


def test_the_server_with_the_fewest_calls_is_chosen():
    replicas = Replicas(("http://a", "http://b"))
    with replicas.one(set()) as first, replicas.one(set()) as second:
        assert {first.url, second.url} == {"http://a", "http://b"}
        with replicas.one(set()) as third, replicas.one(set()) as fourth:
            assert third.url != fourth.url


@pytest.mark.parametrize("datatype", ["UINT8", "FP32"])
def test_the_answers_are_those_of_the_model(start, card, local, datatype):
    server = start()
    server.datatype = datatype
    remote = RemoteBackend(urls_of(server), card)
    remote.wait()
    np.testing.assert_allclose(remote.run(crops_of()), local.run(crops_of()), atol=1e-6)
    assert server.sizes == [1, 64]  # the probe, then all in one call


def test_the_shipped_model_answers_as_in_this_process():
    shipped = load_classifier(SHIPPED, runtime="onnx", precision="float32")
    server = InferenceServer(shipped.card.name, shipped.classify)
    remote = load_classifier(
        SHIPPED,
        runtime="remote",
        precision="float32",
        remote=RemoteServers((server.url,), timeout_s=5, has_fallback=False),
    )
    try:
        assert remote.runtime == f"{server.url}, float32"
        np.testing.assert_allclose(
            remote.classify(crops_of()[:8]), shipped.classify(crops_of()[:8]), atol=1e-6
        )
    finally:
        remote.close()
        shipped.close()
        server.close()


NUM_ANSWERS = 15
"""For each caller: every third answer fails or comes late."""


def ask_for(num, batcher, pool, expected, seed):
    """Classifies random faces until so many calls were answered; each answer must be the face's own."""
    rng = np.random.default_rng(seed)
    answered = 0
    ends_s = time.monotonic() + LIMIT_S
    while answered < num:
        assert time.monotonic() < ends_s, f"{answered} of {num} calls were answered"
        chosen = rng.integers(0, len(pool), rng.integers(1, 5))
        try:
            answers = batcher.classify(pool[chosen])
        except ServerBusy as busy:
            time.sleep(min(busy.retry_after_ms, 300) / 1000)
        else:
            np.testing.assert_allclose(answers, expected[chosen], atol=1e-6)
            answered += 1


def test_each_face_gets_its_own_answer_whatever_the_servers_do(start, card, local):
    """Late, lost and refused answers, from two servers to eight callers: an answer is right, or there is none."""
    chance = random.Random(0)

    def fail():
        what = chance.random()
        if what < 0.15:
            time.sleep(0.12)  # longer than the wait: the answer comes when nobody expects it any more
        elif what < 0.3:
            time.sleep(chance.random() * 0.05)
        elif what < 0.4:
            raise ConnectionError
        elif what < 0.5:
            raise RuntimeError("out of memory")

    servers = start(), start()
    remote = RemoteBackend(urls_of(*servers), card, timeout_s=0.1)
    remote.wait()
    for server in servers:
        server.before_answer = fail
    batcher = MicroBatcher(remote.run, threads=3)
    pool = crops_of(1)
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda seed: ask_for(NUM_ANSWERS, batcher, pool, local.run(pool), seed), range(8)))
    batcher.close()


def test_a_call_goes_to_another_server_when_one_dies(start, card, local):
    first, second = start(), start()
    remote = RemoteBackend(urls_of(first, second), card)
    for _ in range(4):
        remote.run(crops_of()[:1])
    assert len(first.sizes) > 1 < len(second.sizes)
    stop(first)
    begun_s = time.monotonic()
    for _ in range(20):
        np.testing.assert_allclose(remote.run(crops_of()[:2]), local.run(crops_of()[:2]), atol=1e-6)
    assert time.monotonic() - begun_s < 2


def test_without_any_server_callers_are_told_when_to_try_again_and_served_when_one_is_back(start, card):
    server = start()
    remote = RemoteBackend(urls_of(server), card)
    remote.run(crops_of()[:1])
    stop(server)
    for _ in range(3):
        with pytest.raises(ServerBusy, match="do not answer now") as busy:
            remote.run(crops_of()[:1])
        assert 50 <= busy.value.retry_after_ms <= 5000
    start(port=server.port)
    time.sleep(1.1)  # its rest
    assert remote.run(crops_of()[:1]).shape == (1, 7)


def test_a_hung_server_costs_one_wait_and_then_nothing(start, card):
    hung, well = start(), start()
    remote = RemoteBackend(urls_of(hung, well), card, timeout_s=0.2)
    gate = threading.Event()
    hung.before_answer = lambda: gate.wait(20) and None
    slowest = []
    for _ in range(30):
        begun_s = time.monotonic()
        remote.run(crops_of()[:1])
        slowest.append(time.monotonic() - begun_s)
    gate.set()
    assert sum(taken > 0.19 for taken in slowest) <= 6  # at the end of each rest, which doubles
    assert max(slowest) < 1


def test_the_local_runtime_works_while_no_server_answers(start, card, local, caplog):
    server = start(lambda crops: np.roll(local.run(crops), 0, axis=1))
    remote = RemoteBackend(urls_of(server), card, fallback=local)
    remote.run(crops_of()[:1])
    stop(server)
    for _ in range(5):
        np.testing.assert_array_equal(remote.run(crops_of()), local.run(crops_of()))
    assert [record.message for record in caplog.records if "works instead" in record.message] == [
        record.message for record in caplog.records
    ]
    assert len(caplog.records) == 1  # not one a frame


def test_another_model_under_the_same_name_is_never_asked(start, card, local):
    wrong = start(lambda crops: np.roll(local.run(crops), 1, axis=1))
    right = start()
    remote = RemoteBackend(urls_of(wrong, right), card)
    for _ in range(10):
        np.testing.assert_allclose(remote.run(crops_of()), local.run(crops_of()), atol=1e-6)
    assert set(wrong.sizes) == {1}  # probes alone


def test_a_server_whose_model_changes_is_probed_before_its_next_answer_counts(start, card, local):
    server = start()
    remote = RemoteBackend(urls_of(server), card)
    remote.run(crops_of()[:1])
    server.version = "2"
    np.testing.assert_allclose(remote.run(crops_of()), local.run(crops_of()), atol=1e-6)
    server.version, server.run = "3", lambda crops: np.roll(local.run(crops), 1, axis=1)
    with pytest.raises(ServerBusy):
        remote.run(crops_of())


def test_the_start_waits_for_a_server_and_says_so_when_none_comes(start, card):
    port = free_port()
    remote = RemoteBackend((f"http://127.0.0.1:{port}",), card)
    pauses = itertools.count()

    def pause(_seconds):
        time.sleep(0.3)
        if next(pauses) == 1:
            start(port=port)

    remote.wait(20, pause)
    assert remote.run(crops_of()[:1]).shape == (1, 7)
    gone = RemoteBackend((f"http://127.0.0.1:{free_port()}",), card)
    with pytest.raises(
        ModelError, match=r"No classifier answers at http://127\.0\.0\.1:\d+.*CLASSIFIER=auto"
    ):
        gone.wait(0)


def test_remote_without_an_address_is_one_sentence(artifact):
    with pytest.raises(ModelError, match="CLASSIFIER_URL"):
        load_classifier(artifact, runtime="remote")
