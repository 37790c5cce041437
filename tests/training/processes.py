"""Runs Python in a separate process, as Keras chooses its backend once per process."""

import os
import subprocess
import sys

# Most of a small training is its compilation, which XLA's optimizations make longer.
JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_backend_optimization_level=0",
}


def last_line(code, *arguments, **environment):
    """Runs `code` and returns the last line that it printed. Fails with its stderr if it failed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]
