"""One training on several devices or machines, by Keras' own distribution API.

Keras 3.15 implements `keras.distribution` for JAX; its TensorFlow side is marked as a prototype that is not to be
used, and PyTorch has none. So this needs `KERAS_BACKEND=jax`. Every device holds all weights and a share of each batch;
batch statistics and gradients are those of the whole batch, so the result is that of one device.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import keras

from training.errors import TrainingError

ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
"""Of several machines, set on each with KERAS_DISTRIBUTION_NUM_PROCESSES and KERAS_DISTRIBUTION_PROCESS_ID."""


def start(batch_size: int) -> str:
    """Spreads all that follows over every device, of all machines where the environment names them.

    Call it before anything is computed.

    Args:
        batch_size: Images per step of all devices together.

    Returns:
        What is used, in words.

    Raises:
        TrainingError: If the backend cannot, the machines do not find each other, or the batch does not divide.
    """
    if keras.backend.backend() != "jax":
        raise TrainingError(
            f"--distribute needs KERAS_BACKEND=jax: Keras spreads work over devices with JAX alone. "
            f"Received: {keras.backend.backend()}."
        )
    if os.environ.get(ADDRESSES):
        try:
            keras.distribution.initialize()
        except (RuntimeError, ValueError) as error:
            raise TrainingError(f"The machines of {ADDRESSES} do not find each other ({error}).") from error
    devices = keras.distribution.list_devices()
    if batch_size % len(devices):
        raise TrainingError(
            f"A batch of {batch_size} images does not divide among {len(devices)} devices: "
            "use as many devices as divide it."
        )
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    machines = process()[1]
    return f"{len(devices)} devices ({', '.join(devices)}) of {machines} machine{'s' if machines > 1 else ''}"


def process() -> tuple[int, int]:
    """Returns this process' number, from 0, and how many there are."""
    if keras.distribution.distribution() is None:
        return 0, 1
    import jax

    return jax.process_index(), jax.process_count()


def is_first() -> bool:
    """Returns whether this process writes the files: only the first does, the folder is read by all."""
    return process()[0] == 0


def own_share(count: int) -> slice:
    """Returns which images of a batch of `count` this process feeds to its devices."""
    number, processes = process()
    share = count // processes
    return slice(number * share, (number + 1) * share)


@contextmanager
def undistributed() -> Iterator[None]:
    """Computes the same on every device meanwhile: for batches that do not divide, and answers all can read."""
    current = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(current)
