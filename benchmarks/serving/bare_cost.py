"""The bare cost of a frame: a JPEG decoded and Model 2 in ONNX Runtime, float32, batch 8, one thread each.

`python -m benchmarks.serving.bare_cost [MODEL_DIR]` prints processor milliseconds per frame, a median of rounds. No
detection, no network: `benchmarks/serving/load.py` says how many times that a served frame takes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.serving.live import make_frames
from webapp.inference.onnx_backend import import_onnxruntime
from webapp.settings import Settings

BATCH = 8
ROUNDS = 15
FRAMES_PER_ROUND = 40


def processor_ms(act: Callable[[], object], times: int) -> float:
    """Returns the median over rounds of the processor time of one call, in milliseconds."""
    act()
    rounds = []
    for _ in range(ROUNDS):
        started_s = time.process_time()
        for _ in range(times):
            act()
        rounds.append((time.process_time() - started_s) * 1000 / times)
    return float(np.median(rounds))


CONVERT = """
import sys
from pathlib import Path
import keras, numpy as np
from training.artifacts.formats import convert
model = keras.saving.load_model(Path(sys.argv[1]) / "model.keras", compile=False)
images = np.random.default_rng(0).integers(0, 256, (64, 48, 48, 1), dtype=np.uint8)
convert(model, images, Path(sys.argv[2]), ["onnx"])
"""
"""Runs in a process of its own, so that TensorFlow is not part of what is measured."""


def onnx_file(model_dir: Path, folder: Path) -> Path:
    """Returns the artifact's ONNX file, made in `folder` where the artifact has none."""
    shipped = model_dir / "model.onnx"
    if not shipped.exists():
        command = [sys.executable, "-c", CONVERT, str(model_dir), str(folder)]
        subprocess.run(command, check=True, capture_output=True)
    return shipped if shipped.exists() else folder / "model.onnx"


def main() -> None:
    """Prints the decode's, the model's and the frame's cost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", nargs="?", type=Path, default=Settings.from_env(os.environ).model_dir)
    arguments = parser.parse_args()
    onnxruntime = import_onnxruntime()
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = onnx_file(arguments.model_dir, Path(folder))
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    crops = np.random.default_rng(0).integers(0, 256, (BATCH, 48, 48, 1)).astype(np.float32)
    jpeg = np.frombuffer(make_frames()[0], np.uint8)
    decode_ms = processor_ms(lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR), FRAMES_PER_ROUND)
    model_ms = processor_ms(lambda: session.run(None, {name: crops}), FRAMES_PER_ROUND // BATCH) / BATCH
    print(f"decode {decode_ms:.2f} ms, model {model_ms:.2f} ms a face", file=sys.stderr)
    print(f"{decode_ms + model_ms:.3f}")


if __name__ == "__main__":
    main()
