"""Data-parallel training on several devices or machines with Keras' own distribution API.

It needs `KERAS_BACKEND=jax`: Keras 3.15 implements `keras.distribution` for JAX, marks its TensorFlow module as a
prototype that is not to be used, and has none for PyTorch. Every device holds all weights and a share of each batch.
Batch statistics and gradients are those of the whole batch, so the result is that of one device.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import keras

from training.errors import TrainingError

ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
"""Environment variable with the addresses of several machines. Each machine also needs
KERAS_DISTRIBUTION_NUM_PROCESSES and KERAS_DISTRIBUTION_PROCESS_ID."""


def start(batch_size: int) -> str:
    """Distributes all computation over every device, of all machines if `ADDRESSES` is set.

    It must be called before anything is computed.

    Args:
        batch_size: Images per step on all devices together.

    Returns:
        Description of the devices.

    Raises:
        TrainingError: If the backend is not JAX, the machines cannot connect, or the batch does not divide evenly.
    """
    if keras.backend.backend() != "jax":
        raise TrainingError(
            f"--distribute needs KERAS_BACKEND=jax: Keras distributes work with JAX alone. "
            f"Received: {keras.backend.backend()}."
        )
    if os.environ.get(ADDRESSES):
        try:
            keras.distribution.initialize()
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                f"The machines of {ADDRESSES} cannot connect to each other ({error})."
            ) from error
    devices = keras.distribution.list_devices()
    if batch_size % len(devices):
        raise TrainingError(
            f"A batch of {batch_size} images does not divide evenly among {len(devices)} devices. "
            "Use a number of devices that divides it."
        )
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    machines = process()[1]
    return f"{len(devices)} devices ({', '.join(devices)}) of {machines} machine{'s' if machines > 1 else ''}"


def process() -> tuple[int, int]:
    """Returns this process' 0-based number and the number of processes."""
    if keras.distribution.distribution() is None:
        return 0, 1
    import jax

    return jax.process_index(), jax.process_count()


def is_first() -> bool:
    """Returns whether this is the first process, which alone writes files. All processes read them."""
    return process()[0] == 0


def own_share(count: int) -> slice:
    """Returns the slice of a batch of `count` images that this process feeds to its devices."""
    number, processes = process()
    share = count // processes
    return slice(number * share, (number + 1) * share)


@contextmanager
def undistributed() -> Iterator[None]:
    """Suspends the distribution: every device computes the same, so batches may have any size."""
    current = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(current)
