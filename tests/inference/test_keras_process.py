"""Saliency maps from a process of its own: the same maps, deadlines, another process after a dead one."""

import os
import signal
import sys

import numpy as np
import pytest

from tests.support.artifacts import LABELS, make_artifact
from tests.support.servers import SHIPPED
from tests.support.waiting import wait_until
from webapp.errors import ModelError, NotExplainable
from webapp.inference.card import MODEL_FILE, read_card
from webapp.inference.keras_process import KerasProcess

CROP = np.arange(48 * 48, dtype=np.uint32).reshape(48, 48, 1).astype(np.uint8)


@pytest.fixture(scope="module")
def shipped():
    process = KerasProcess(SHIPPED)
    yield process
    process.close()


@pytest.mark.slow
def test_the_maps_are_those_of_the_model_in_this_process(shipped):
    from webapp.inference.keras_backend import load_keras_model
    from webapp.inference.saliency import make_heat

    card = read_card(SHIPPED)
    expected = make_heat(load_keras_model(SHIPPED / MODEL_FILE, card), (48, 48, 1))
    for label in (0, LABELS.index("happy")):
        assert shipped.explain(CROP, label) == pytest.approx(expected(CROP, label), abs=1e-5)


@pytest.mark.slow
def test_a_process_that_died_is_replaced_at_the_next_question(shipped):
    before = shipped.explain(CROP, 3)
    dead = shipped._process
    os.kill(dead.pid, signal.SIGKILL)
    wait_until(lambda: dead.poll() is not None, what="the end of the process")
    assert np.array_equal(shipped.explain(CROP, 3), before)
    assert shipped._process.pid != dead.pid


@pytest.mark.slow
def test_a_model_without_maps_says_so_and_the_process_lives_on(tmp_path):
    process = KerasProcess(make_artifact(tmp_path / "blind", with_maps=False))
    for _ in range(2):
        with pytest.raises(NotExplainable):
            process.explain(CROP, 0)
    process.close()


def stand_in(monkeypatch, code):
    """Makes the process run other code."""
    import subprocess

    real = subprocess.Popen

    def start(command, **options):
        return real([sys.executable, "-c", code], **options)

    monkeypatch.setattr("webapp.inference.keras_process.native_subprocess", lambda: _With(start))


class _With:
    def __init__(self, start):
        import subprocess

        self.Popen, self.PIPE = start, subprocess.PIPE


def test_a_process_that_hangs_is_given_up_and_ended(monkeypatch, tmp_path):
    stand_in(monkeypatch, "import time; time.sleep(600)")
    process = KerasProcess(tmp_path, start_limit_s=0.3)
    with pytest.raises(ModelError, match=r"no answer within 0\.3 s"):
        process.explain(CROP, 0)
    assert process._process is None


def test_a_process_that_cannot_load_the_model_is_one_sentence(monkeypatch, tmp_path):
    stand_in(monkeypatch, "raise SystemExit(3)")
    process = KerasProcess(tmp_path, start_limit_s=30)
    with pytest.raises(ModelError, match="The process that explains labels failed"):
        process.explain(CROP, 0)


def test_closing_ends_the_process_and_may_be_repeated(monkeypatch, tmp_path):
    stand_in(monkeypatch, "import time; time.sleep(600)")
    process = KerasProcess(tmp_path, start_limit_s=0.3)
    process._process = running = process._start()
    process.close()
    process.close()
    assert running.poll() is not None
