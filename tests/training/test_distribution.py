"""A training on two devices: virtual ones of one CPU, in a process with JAX as Keras' backend."""

import os
import subprocess
import sys

import pytest

from tests.training.samples import make_rows, write_csv
from tests.training.test_fit import rows
from training.cli import main

DRIVER = """
import sys
from dataclasses import replace
from tests.training.test_fit import TINY, tiny_model
from training import cli, models, recipes
models.MODELS["tiny"] = tiny_model
recipes.RECIPES["tiny"] = replace(TINY, epochs=2, image_sizes=((0, 48),))
command = ["fit", "tiny", "--data", sys.argv[1], "--allow-partial", "--run-dir"]
sys.exit(cli.main([*command, sys.argv[2]]) or cli.main([*command, sys.argv[3], "--distribute"]))
"""


def test_two_devices_train_as_one_does(tmp_path):
    data = write_csv(tmp_path / "fer2013.csv", make_rows(per_split=70))
    jax = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    command = [sys.executable, "-c", DRIVER, str(data), str(tmp_path / "one"), str(tmp_path / "two")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=os.environ | jax)
    assert done.returncode == 0, done.stderr
    assert "2 epochs on 2 devices (cpu:0, cpu:1) of 1 machine" in done.stdout
    one, two = rows(tmp_path / "one"), rows(tmp_path / "two")
    assert len(one) == 2
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
        assert [float(row[name]) for row in two] == pytest.approx([float(row[name]) for row in one], rel=1e-3)


def test_a_backend_that_cannot_is_refused(tmp_path, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows())
    command = ["fit", "report-model1-fer2013", "--data", str(data), "--allow-partial", "--distribute"]
    assert main([*command, "--run-dir", str(tmp_path / "run")]) == 1
    assert "--distribute needs KERAS_BACKEND=jax" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
