"""What the training device is good at."""

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
    """Returns the devices' names as Keras' backend calls them, "cuda:0" and so on under PyTorch."""
    if keras.backend.backend() == "torch":  # Keras has no list for it
        import torch

        return [f"cuda:{index}" for index in range(torch.cuda.device_count())] or ["cpu:0"]
    return keras.distribution.list_devices()


def num_gpus() -> int:
    """Returns how many GPUs Keras' backend sees."""
    return sum(name.startswith(("gpu", "cuda")) for name in list_devices())


def best_block_dtype() -> str:
    """Chooses the convolution blocks' dtype policy: bfloat16 where the hardware multiplies it, float32 elsewhere.

    Measured on two Xeon cores with AMX, Model 2, batch 128, fused normalisation: float32 187 images/s, bfloat16 477
    (`python -m benchmarks.training_speed --batch-size 128`).
    """
    if num_gpus() or {"avx512_bf16", "amx_bf16"} & cpu_flags():
        return "mixed_bfloat16"
    return "float32"


def has_amx() -> bool:
    """Returns whether training is on a CPU that multiplies bfloat16 by tiles, for which `training.nn.layers` is."""
    return not num_gpus() and "amx_bf16" in cpu_flags()


def cpu_flags() -> set[str]:
    """Returns the CPU's feature names; empty where the system does not list them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()[2:]) for line in lines if line.startswith("flags")), set())


def gpu_kinds() -> list[str]:
    """Returns what each GPU that Keras' backend sees is, as its driver says: "NVIDIA H100 80GB HBM3"."""
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
    """Returns the hardware in words, for run logs and cards."""
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
    # `taskset` leaves fewer
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    return f"{cores} cores of {model}" if usable == cores else f"{usable} of {cores} cores of {model}"


def environment() -> dict[str, Any]:
    """Returns this machine's hardware in words, and the versions of what computes."""
    return {"hardware": describe(), "versions": versions()}


def versions() -> dict[str, str]:
    """Returns the versions of what computes."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": f"{backend} {__import__(backend).__version__}",
        "numpy": np.__version__,
    }


def write_environment(run_dir: Path) -> None:
    """Keeps on what a run was begun: its result may be written elsewhere. A resumed run keeps the first."""
    path = run_dir / ENVIRONMENT
    if not path.exists():
        replace_text(path, json.dumps(environment(), indent=1) + "\n")


def read_environment(run_dir: Path) -> dict[str, Any]:
    """Returns on what a run was begun; this machine where the run folder does not say."""
    path = run_dir / ENVIRONMENT
    return json.loads(path.read_text()) if path.exists() else environment()
