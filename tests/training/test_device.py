"""Descriptions of the training hardware."""

import os

import pytest

from tests.training.processes import last_line
from training.trainer import device


@pytest.mark.parametrize(("usable", "words"), [({0, 1, 2, 3}, "4 cores of "), ({2}, "1 of 4 cores of ")])
def test_only_the_cores_that_taskset_leaves_are_counted(monkeypatch, usable, words):
    monkeypatch.setattr(device, "list_devices", lambda: ["cpu:0"])
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: usable, raising=False)
    assert device.describe().startswith(words)


def test_gpus_are_described_by_name_and_kind_and_other_accelerators_by_name(monkeypatch):
    monkeypatch.setattr(device, "list_devices", lambda: ["cpu:0", "gpu:0", "gpu:1"])
    monkeypatch.setattr(device, "gpu_kinds", lambda: ["NVIDIA H100 80GB HBM3", "NVIDIA L4"])
    assert device.describe() == "gpu:0 (NVIDIA H100 80GB HBM3), gpu:1 (NVIDIA L4)"
    monkeypatch.setattr(device, "list_devices", lambda: ["tpu:0", "tpu:1"])
    monkeypatch.setattr(device, "gpu_kinds", lambda: [])
    assert device.describe() == "tpu:0, tpu:1"


def test_without_a_gpu_there_are_no_gpu_kinds():
    assert device.gpu_kinds() == []


ONEDNN = """
import os, sys
os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None)
os.environ.update(name.split("=") for name in sys.argv[1:])
from training.quiet import load_backend
load_backend()
from tensorflow.python.util import _pywrap_util_port
print(_pywrap_util_port.IsMklEnabled())
"""


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "used"), [([], "True"), (["TF_ENABLE_ONEDNN_OPTS=0"], "False")])
def test_training_takes_the_quick_kernels_on_every_cpu_unless_told_not_to(settings, used):
    """TensorFlow itself leaves them out where a CPU has no instructions for neural networks."""
    assert last_line(ONEDNN, *settings, KERAS_BACKEND="tensorflow") == used
