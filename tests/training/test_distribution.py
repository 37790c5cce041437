"""Training on two devices and on two machines, both virtual on one CPU, with JAX as Keras' backend."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.training.processes import JAX
from tests.training.samples import make_rows, write_csv
from tests.training.test_fit import rows
from training.cli import main

DRIVER = """
import sys
from dataclasses import replace
from tests.training.test_fit import TINY, tiny_model
from training import cli, recipes
from training.nn import models
models.MODELS["tiny"] = tiny_model
recipes.RECIPES["tiny"] = replace(TINY, epochs=2, image_sizes=((0, 48),))
sys.exit(cli.main(["fit", "tiny", "--allow-partial", *sys.argv[1:]]))
"""


def start(data, run_dir, *options, **environment):
    """Starts a training in a separate process."""
    command = [sys.executable, "-c", DRIVER, "--data", str(data), "--run-dir", str(run_dir), *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | JAX | environment,
    )


def finish(process):
    """Waits for a training to succeed and returns its output."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return out


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.mark.slow
def test_two_devices_and_two_machines_train_as_one_device_does(tmp_path):
    data = write_csv(tmp_path / "fer2013.csv", make_rows(per_split=70))
    machines = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{free_port()},127.0.0.1:{free_port()}",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    }
    two_devices = {"XLA_FLAGS": f"{JAX['XLA_FLAGS']} --xla_force_host_platform_device_count=2"}
    with ExitStack() as running:
        one, devices, first, second = (
            running.enter_context(start(data, tmp_path / folder, *options, **environment))
            for folder, options, environment in (
                ("one", (), {}),
                ("devices", ("--distribute",), two_devices),
                ("machines", ("--distribute",), machines | {"KERAS_DISTRIBUTION_PROCESS_ID": "0"}),
                ("machines", ("--distribute",), machines | {"KERAS_DISTRIBUTION_PROCESS_ID": "1"}),
            )
        )
        running.callback(lambda: [process.kill() for process in (one, devices, first, second)])
        finish(one)
        assert "2 epochs on 2 devices (cpu:0, cpu:1) of 1 machine," in finish(devices)
        assert "of 2 machines, run folder" in finish(first)
        assert "Done." not in finish(second)  # only the first process writes files
    expected = rows(tmp_path / "one")
    assert len(expected) == 2
    for folder in ("devices", "machines"):
        found = rows(tmp_path / folder)
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
            assert [float(row[name]) for row in found] == pytest.approx(
                [float(row[name]) for row in expected], rel=1e-3
            )


def test_a_backend_without_distribution_is_refused(tmp_path, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows())
    command = ["fit", "report-model1-fer2013", "--data", str(data), "--allow-partial", "--distribute"]
    assert main([*command, "--run-dir", str(tmp_path / "run")]) == 1
    assert "--distribute needs KERAS_BACKEND=jax" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
