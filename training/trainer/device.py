"""The training device: its kind, its best precision, and the environment that a run records."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.files import replace_text

ENVIRONMENT = "environment.json"


def list_devices() -> list[str]:
    """Returns the names that Keras' backend gives to the devices, such as "gpu:0", or "cuda:0" under PyTorch."""
    if keras.backend.backend() == "torch":  # Keras cannot list PyTorch's devices
        import torch

        return [f"cuda:{index}" for index in range(torch.cuda.device_count())] or ["cpu:0"]
    return keras.distribution.list_devices()


def num_gpus() -> int:
    """Returns the number of GPUs that Keras' backend sees."""
    return sum(name.startswith(("gpu", "cuda")) for name in list_devices())


def best_block_dtype() -> str:
    """Returns the dtype policy of the convolution blocks: bfloat16 where the hardware multiplies it, else float32.

    Measured on two Xeon cores with AMX, Model 2, batch 128, fused normalisation: float32 187 images/s, bfloat16 477
    (`python -m benchmarks.training.speed --batch-size 128`).
    """
    if num_gpus() or {"avx512_bf16", "amx_bf16"} & cpu_flags():
        return "mixed_bfloat16"
    return "float32"


def has_amx() -> bool:
    """Returns whether training runs on a CPU with AMX, for which `MatmulGradientConv2D` is faster."""
    return not num_gpus() and "amx_bf16" in cpu_flags()


def cpu_flags() -> set[str]:
    """Returns the CPU's feature names, or nothing where the system does not list them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()[2:]) for line in lines if line.startswith("flags")), set())


def gpu_kinds() -> list[str]:
    """Returns the driver's name of each GPU that Keras' backend sees, such as "NVIDIA H100 80GB HBM3"."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return [found.device_kind for found in jax.devices() if found.platform == "gpu"]
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    import tensorflow as tf

    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return [found.get("device_name", "unknown") for found in details]


def describe() -> str:
    """Returns a description of the hardware, for run logs and cards."""
    names = [name for name in list_devices() if not name.startswith("cpu")]
    if names:
        kinds = gpu_kinds()
        words = [f"{name} ({kind})" for name, kind in zip(names, kinds, strict=False)]
        return ", ".join(words + names[len(kinds) :])
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    cores = os.cpu_count()
    # `taskset` may leave the process fewer cores than there are.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return f"{cores} cores of {model}" if usable == cores else f"{usable} of {cores} cores of {model}"


def environment() -> dict[str, Any]:
    """Returns what a run records of this machine: a description of its hardware, and the software's versions."""
    return {"hardware": describe(), "versions": versions()}


def versions() -> dict[str, str]:
    """Returns the versions of Python, Keras, its backend and numpy."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": f"{backend} {__import__(backend).__version__}",
        "numpy": np.__version__,
    }


def write_environment(run_dir: Path) -> None:
    """Records the environment in a new run's folder, as its result may be written elsewhere. A resumed run keeps it."""
    path = run_dir / ENVIRONMENT
    if not path.exists():
        replace_text(path, json.dumps(environment(), indent=1) + "\n")


def read_environment(run_dir: Path) -> dict[str, Any]:
    """Returns the environment in which a run began, or this machine's if the run folder has none."""
    path = run_dir / ENVIRONMENT
    return json.loads(path.read_text()) if path.exists() else environment()
