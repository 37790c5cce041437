"""Keeps TensorFlow's start-up lines off the terminal: its C++ half writes them to stderr itself, past any setting."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_stderr_held() -> Iterator[None]:
    """Holds back what native libraries write to stderr; if the block fails, it is shown after all."""
    sys.stderr.flush()
    own = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(own, held.read())
            raise
        finally:
            os.dup2(own, 2)
            os.close(own)


def load_backend() -> None:
    """Imports Keras and lets its backend look for devices, which is when it speaks.

    TensorFlow takes oneDNN's kernels by itself only on CPUs with instructions for neural networks. On others a training
    step takes up to twice as long without them.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with native_stderr_held():
        import keras

        if keras.backend.backend() == "tensorflow":
            importlib.import_module("tensorflow").config.list_physical_devices()
