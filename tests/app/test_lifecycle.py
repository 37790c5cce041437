"""A server that is told to stop, told to reload, or loses a process: who notices, and for how long."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time

import psutil
import pytest
import socketio

from tests.support.live_client import Client
from tests.support.waiting import wait_until

pytestmark = pytest.mark.server


def workers_of(server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


class Sender(threading.Thread):
    """A visitor who sends frame after frame until the connection is gone; remembers every answer."""

    def __init__(self, url, jpeg):
        super().__init__()
        self.client, self.jpeg = Client(url), jpeg
        self.answers, self.unanswered = [], 0
        self.gone = threading.Event()
        self.client.connection.on("disconnect", self.gone.set, namespace="/live")

    def run(self):
        while not self.gone.is_set():
            try:
                reply = self.client.frame(self.jpeg, seq=1)
            except socketio.exceptions.SocketIOError:
                self.unanswered += not self.gone.wait(0)
                return
            self.answers.append(reply)
            if not reply["ok"]:
                self.gone.wait(reply["error"]["retry_after_ms"] / 1000)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_sigterm_answers_every_frame_and_says_when_to_come_back(artifact, start_server, jpeg, mode):
    """Each of eight visitors lost one frame without a word."""
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=mode)
    senders = [Sender(server.url, jpeg) for _ in range(8)]
    for sender in senders:
        sender.start()
    wait_until(lambda: all(len(sender.answers) > 5 for sender in senders), what="frames of all")
    assert server.stop(signal.SIGTERM) == 0
    for sender in senders:
        sender.join(30)
        assert sender.unanswered == 0
        assert sender.answers[-1]["error"]["code"] == "server_busy", sender.answers[-1]
        assert sender.answers[-1]["error"]["retry_after_ms"] >= 1000
        sender.client.close()
    assert "Traceback" not in server.log()


def test_a_master_that_dies_takes_its_worker_along(artifact, start_server):
    """The worker served on, and the next start found the port in use."""
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE="eventlet")
    (worker,) = workers_of(server)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    wait_until(
        lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, 40, "the worker's end"
    )


def test_a_reload_has_no_gap(artifact, start_server, jpeg):
    """For 12.8 s nobody was served."""
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE="eventlet")
    (old,) = workers_of(server)
    sender = Sender(server.url, jpeg)
    sender.start()
    server.process.send_signal(signal.SIGHUP)
    sender.join(60)
    assert server.log().count("Countenance ") == 2, "the visitor was let go before the next worker was ready"
    assert sender.answers[-1]["error"]["code"] == "server_busy"
    sender.client.close()
    wait_until(lambda: not old.is_running(), what="the old worker's end")
    assert len(workers_of(server)) == 1
    client = Client(server.url)
    assert client.frame(jpeg)["ok"]
    client.close()


def test_a_reload_of_a_bad_model_keeps_the_good_one(artifact, start_server, tmp_path):
    """The whole server ended."""
    folder = shutil.copytree(artifact, tmp_path / "model")
    server = start_server(MODEL_DIR=str(folder), ASYNC_MODE="eventlet")
    (old,) = workers_of(server)
    card = json.loads((folder / "card.json").read_text())
    card["labels"].reverse()
    (folder / "card.json").write_text(json.dumps(card))
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "error: " in server.log(), what="the refusal")
    wait_until(lambda: [one.pid for one in workers_of(server)] == [old.pid], what="the bad worker's end")
    time.sleep(2)  # a master that ended with it would have done so by now
    assert server.alive()
    assert server.get("/readyz") == 200
    assert [one.pid for one in workers_of(server)] == [old.pid]


def test_a_killed_worker_is_replaced(artifact, start_server, jpeg):
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE="eventlet")
    (old,) = workers_of(server)
    old.send_signal(signal.SIGKILL)
    wait_until(lambda: not old.is_running(), what="the worker's end")
    wait_until(lambda: server.get("/readyz") == 200, what="the next one")
    client = Client(server.url)
    assert client.frame(jpeg)["ok"]
    client.close()
