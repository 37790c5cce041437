"""What the training device is good at."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import keras


def num_gpus() -> int:
    """Returns how many GPUs Keras' backend sees."""
    return sum(name.startswith(("gpu", "cuda")) for name in keras.distribution.list_devices())


def best_conv_dtype() -> str:
    """Chooses the convolutions' dtype policy: bfloat16 where the hardware multiplies it, float32 elsewhere.

    Measured on a CPU with AVX-512 bf16, Model 2, batch 64: float32 210 images/s, only the convolutions in
    bfloat16 280, every layer 269 (`python -m benchmarks.training_speed --rounds 1`).
    """
    if num_gpus() or {"avx512_bf16", "amx_bf16"} & cpu_flags():
        return "mixed_bfloat16"
    return "float32"


def cpu_flags() -> set[str]:
    """Returns the CPU's feature names; empty where the system does not list them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()[2:]) for line in lines if line.startswith("flags")), set())


def describe() -> str:
    """Returns the hardware in words, for run logs and cards."""
    names = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if names:
        return ", ".join(names)
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()

    return f"{os.cpu_count()} cores of {model}"
