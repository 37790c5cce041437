"""BlazeFace in several runtimes: processor time of one look, one thread, and whether two threads work at once.

    python -m benchmarks.recognition.detector_runtimes

Needs MediaPipe's TFLite file beside the app's ONNX file (`npm ci`), and the packages of requirements-dev.txt.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.recognition.blazeface_onnx import SOURCE
from benchmarks.serving.bare_cost import processor_ms
from webapp.inference.onnx_backend import import_onnxruntime, one_thread_options
from webapp.inference.openvino_backend import import_openvino
from webapp.recognition.detection.blazeface import ASSET, OUTPUTS

SIZES = ((128, 128), (192, 256), (288, 384))
TIMES = 20

Look = Callable[[], object]


def with_onnx(height: int, width: int) -> Look:
    """Returns one look in ONNX Runtime."""
    session = import_onnxruntime().InferenceSession(
        str(ASSET), one_thread_options(), providers=["CPUExecutionProvider"]
    )
    pixels = np.zeros((1, 3, height, width), np.float32)
    return lambda: session.run(OUTPUTS, {"input": pixels})


def with_opencv(height: int, width: int) -> Look:
    """Returns one look in `cv2.dnn`."""
    net, pixels = cv2.dnn.readNetFromTFLite(str(SOURCE)), np.zeros((1, 3, height, width), np.float32)

    def look() -> object:
        net.setInput(pixels)
        return net.forward(OUTPUTS)

    return look


def with_litert(height: int, width: int) -> Look:
    """Returns one look in LiteRT."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(SOURCE), num_threads=1)
    entry = interpreter.get_input_details()[0]["index"]
    exits = [one["index"] for one in interpreter.get_output_details()]
    interpreter.resize_tensor_input(entry, (1, height, width, 3))
    interpreter.allocate_tensors()
    pixels = np.zeros((1, height, width, 3), np.float32)

    def look() -> object:
        interpreter.set_tensor(entry, pixels)
        interpreter.invoke()
        return [interpreter.get_tensor(one) for one in exits]

    return look


def with_openvino(height: int, width: int) -> Look:
    """Returns one look in OpenVINO, compiled for this size."""
    core = import_openvino().Core()
    model = core.read_model(str(ASSET))
    model.reshape([1, 3, height, width])
    config = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(model, "CPU", config).create_infer_request()
    pixels = np.zeros((1, 3, height, width), np.float32)
    return lambda: request.infer({0: pixels}, share_inputs=True, share_outputs=True)


RUNTIMES = {
    "cv2.dnn": with_opencv,
    "ONNX Runtime": with_onnx,
    "LiteRT": with_litert,
    "OpenVINO, one size": with_openvino,
}


def speed_up(make: Callable[[int, int], Look]) -> float:
    """Returns how many times faster two threads, each with its own look, are than one."""

    def seconds(num_threads: int) -> float:
        looks = [make(*SIZES[1]) for _ in range(num_threads)]
        threads = [threading.Thread(target=lambda look=look: [look() for _ in range(100)]) for look in looks]
        started_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.perf_counter() - started_s) / num_threads

    return seconds(1) / seconds(2)


def main() -> None:
    """Measures and prints."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    cv2.setNumThreads(1)
    names = "".join(f" {width} x {height} |" for height, width in SIZES)
    print(f"| processor ms of one look |{names} two threads |\n|---|{'---|' * len(SIZES)}---|")
    for name, make in RUNTIMES.items():
        times = "".join(f" {processor_ms(make(*size), TIMES):.2f} |" for size in SIZES)
        print(f"| {name} |{times} {speed_up(make):.1f} x |", flush=True)


if __name__ == "__main__":
    main()
