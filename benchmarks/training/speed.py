"""Training speed of Model 2 by precision, normalisation and gradient; prints a Markdown table of images per second.

python -m benchmarks.training.speed [--batch-size 64] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import keras
import numpy as np

from training.nn.models import ModelOptions, build
from training.trainer import device

STEPS = 12


class _StepTimes(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.ends.append(time.perf_counter())


class _Noise(keras.utils.PyDataset):
    def __init__(self, batch_size: int) -> None:
        super().__init__()
        random = np.random.default_rng(0)
        self._images = random.integers(0, 256, (batch_size, 48, 48, 1), dtype=np.uint8)
        self._targets = np.eye(7, dtype=np.float32)[random.integers(0, 7, batch_size)]

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self._images, self._targets


def trainers() -> dict[str, keras.Model]:
    """Returns compiled Model 2s with convolution blocks in float32 and bfloat16, with and without our layers."""
    ways = {
        "plain": {},
        "fused normalisation": {"fused_norm": True},
        "fused normalisation, gradient by matrix products": {"fused_norm": True, "matmul_gradient": True},
    }
    models = {
        f"{dtype}, {way}": build("model2", ModelOptions(block_dtype=dtype, **options))
        for dtype in ("float32", "mixed_bfloat16")
        for way, options in ways.items()
    }
    for model in models.values():
        model.compile(keras.optimizers.AdamW(1e-3), "categorical_crossentropy", jit_compile=False)
    return models


def median_step_s(model: keras.Model, batch_size: int) -> float:
    """Returns the median time between the ends of two steps."""
    times = _StepTimes()
    model.fit(_Noise(batch_size), verbose=0, callbacks=[times])
    return float(np.median(np.diff(times.ends)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    models = trainers()
    speeds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(arguments.rounds):
        for name, model in models.items():
            speeds[name].append(arguments.batch_size / median_step_s(model, arguments.batch_size))
    print(
        f"{device.describe()}, Keras {keras.__version__} on {keras.backend.backend()}, batch {arguments.batch_size}\n"
    )
    print("| Model 2 training | images/s, median step (median of rounds) |\n|---|---|")
    for name, values in speeds.items():
        print(f"| {name} | {np.median(values):.0f} |")


if __name__ == "__main__":
    main()
