"""Makes `webapp/recognition/detection/blazeface.onnx` from MediaPipe's TFLite file, and compares the two.

    python -m benchmarks.recognition.blazeface_onnx [--out FILE]

The weights stay as they are (Apache-2.0, MediaPipe). Three things change: the format; the input, which may have any
height and width in multiples of 16; and the layout of the input, channels first. `make setup-dev` brings tf2onnx.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from webapp.inference.onnx_backend import import_onnxruntime
from webapp.paths import PACKAGES as ROOT
from webapp.recognition.detection.blazeface import ASSET

SOURCE = ROOT / "node_modules/@mediapipe/face_detection/face_detection_short_range.tflite"
SIZES = ((128, 128), (192, 256), (256, 144), (384, 288))
TOLERANCE = 1e-3
"""Largest difference of an output, in input pixels or logits."""


def convert(source: Path, target: Path) -> None:
    """Writes the network as ONNX with a free height and width.

    Args:
        source: MediaPipe's TFLite file.
        target: File to write.
    """
    import onnx
    from onnx import numpy_helper

    with tempfile.TemporaryDirectory() as folder:
        fixed = Path(folder) / "fixed.onnx"
        command = [sys.executable, "-m", "tf2onnx.convert", "--tflite", str(source), "--output", str(fixed)]
        subprocess.run(
            [*command, "--opset", "17", "--inputs-as-nchw", "input"], check=True, capture_output=True
        )
        network = onnx.load(fixed)
    graph = network.graph
    for axis, name in ((2, "height"), (3, "width")):
        graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = "anchors"
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Reshape":
            tensor = constants[node.input[1]]
            shape = numpy_helper.to_array(tensor).copy()
            shape[1] = -1
            tensor.CopyFrom(numpy_helper.from_array(shape, tensor.name))
    del graph.value_info[:]  # shapes of the fixed input
    onnx.checker.check_model(network)
    onnx.save(network, target)


def largest_difference(source: Path, target: Path) -> float:
    """Returns the largest difference of the two files' outputs on random inputs of several sizes."""
    session = import_onnxruntime().InferenceSession(str(target), providers=["CPUExecutionProvider"])
    net, random, largest = cv2.dnn.readNetFromTFLite(str(source)), np.random.default_rng(0), 0.0
    for height, width in SIZES:
        pixels = random.uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
        net.setInput(pixels)
        names = ["classificators", "regressors"]
        for found, expected in zip(session.run(names, {"input": pixels}), net.forward(names), strict=True):
            largest = max(largest, float(np.abs(found - expected.reshape(found.shape)).max()))
    return largest


def main() -> None:
    """Converts, compares and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--out", type=Path, default=ASSET)
    arguments = parser.parse_args()
    convert(arguments.source, arguments.out)
    difference = largest_difference(arguments.source, arguments.out)
    print(
        f"{arguments.out}: {arguments.out.stat().st_size} bytes, outputs differ by at most {difference:.1e}"
    )
    if not difference <= TOLERANCE:
        raise SystemExit(f"error: at most {TOLERANCE:g} is allowed. Do not use the file.")


if __name__ == "__main__":
    main()
