"""A tiny but complete artifact with the real interface, for tests of whatever loads a model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def make_artifact(
    directory: Path,
    *,
    size: int = 48,
    num_outputs: int = 7,
    crop: dict[str, Any] | None = None,
    with_maps: bool = True,
    with_onnx: bool = False,
) -> Path:
    """Writes `model.keras` and `card.json` into a new folder; equal arguments give equal models.

    The model is linear on a 4 x 4 thumbnail: it is fast, and its answers differ between faces.

    Args:
        directory: Folder of the artifact; must not exist, its parents may be missing.
        size: Side of the model's input in pixels; the card always says 48.
        num_outputs: Number of the model's outputs; the card always says 7.
        crop: Crop rule for the card.
        with_maps: Whether it has a feature map, so that its labels can be explained.
        with_onnx: Whether `model.onnx` stands beside it, so that a server starts without TensorFlow.

    Returns:
        The folder.
    """
    directory.mkdir(parents=True)
    model = _make_model(size, num_outputs, with_maps)
    model.save(directory / "model.keras")
    probe = probe_image()
    padded = np.zeros((1, size, size, 1), np.float32)
    padded[0, : probe.shape[0], : probe.shape[1]] = probe[:size, :size]
    answer = np.asarray(model(padded))[0]
    card = make_card((directory / "model.keras").read_bytes(), model.count_params(), answer, crop)
    if with_onnx:
        content = _as_onnx(*model.layers[-1].get_weights()).SerializeToString()
        (directory / "model.onnx").write_bytes(content)
        card["files"]["model.onnx"] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "parity": {"num_images": 1, "max_difference": 0.0, "top1_agreement": 1.0},
        }
    (directory / "card.json").write_text(json.dumps(card))
    return directory


def edit_card(directory: Path, **changes: Any) -> Path:
    """Replaces top-level entries of a card; a value of `None` removes the entry. Returns the folder."""
    path = directory / "card.json"
    card = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in card.items() if value is not None}))
    return directory


def probe_image() -> np.ndarray:
    """Returns `gradient-v1`, pixel by pixel: a third, slow implementation that the other two must match."""
    image = np.empty((48, 48, 1), np.uint8)
    for row in range(48):
        for column in range(48):
            image[row, column] = (5 * row + 3 * column + (row * column) // 7) % 256
    return image


def _as_onnx(weights: np.ndarray, biases: np.ndarray) -> Any:
    """Returns the tiny model as ONNX, written by hand: tf2onnx would take seconds."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Mul", ["image", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "cells"], ["split"]),  # n, 4 rows of 12 by 4 columns of 12
        helper.make_node("ReduceMean", ["split"], ["means"], axes=[2, 4], keepdims=0),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "biases"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=1),
    ]
    constants = {
        "scale": np.array(1 / 255, np.float32),
        "cells": np.array([0, 4, 12, 4, 12], np.int64),
        "weights": weights,
        "biases": biases,
    }
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 48, 48, 1])
    probs = helper.make_tensor_value_info("probs", TensorProto.FLOAT, ["n", weights.shape[1]])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", [image], [probs], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _make_model(size: int, num_outputs: int, with_maps: bool) -> Any:
    import keras

    image = keras.Input((size, size, 1), name="image")
    x = keras.layers.Rescaling(1 / 255)(image)
    if with_maps:
        x = keras.layers.AveragePooling2D(size // 4)(x)
    x = keras.layers.Flatten()(x)
    initial = keras.initializers.RandomNormal(stddev=1.0, seed=1)
    return keras.Model(image, keras.layers.Dense(num_outputs, "softmax", kernel_initializer=initial)(x))


def make_card(
    model_file: bytes, parameters: int, answer: np.ndarray, crop: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Returns a card that fits the schema; `answer` is the model's answer to the probe."""
    return {
        "schema_version": 1,
        "name": "tiny",
        "created": "2026-01-02T03:04:05+00:00",
        "labels": list(LABELS),
        "input": {"height": 48, "width": 48, "channels": 1, "range": [0, 255]},
        "crop": crop or {"shape": "square", "margin": 0.0, "align": False},
        "files": {
            "model.keras": {"sha256": hashlib.sha256(model_file).hexdigest(), "bytes": len(model_file)}
        },
        "parameters": parameters,
        "recipe": {"name": "tiny", "command": "make_artifact", "seed": 1, "epochs": 0},
        "versions": {"python": "3.11", "keras": "3", "backend": "tensorflow 2", "numpy": "2"},
        "training": {"hardware": "none: random weights", "seconds": 0},
        "data": {"name": "none", "split_rule": "none", "counts": {"PrivateTest": 7}},
        "metrics": {"PrivateTest": _chance()},
        "calibration": {"temperature": 1.0},
        "limits": ["Random weights: for tests only."],
        "probe": {
            "formula": "gradient-v1",
            "input_sha256": hashlib.sha256(probe_image().tobytes()).hexdigest(),
            "expected": [round(float(share), 6) for share in (list(answer) + [0.0] * 7)[:7]],
            "tolerance": 0.01,
        },
    }


def _chance() -> dict[str, Any]:
    """Returns the figures of a model that calls one face of each label `angry`."""
    return {
        "n": 7,
        "accuracy": round(1 / 7, 6),
        "balanced_accuracy": round(1 / 7, 6),
        "nll": 1.94591,
        "ece": 0.0,
        "per_class": [
            {
                "label": label,
                "precision": round(1 / 7, 6) if label == "angry" else 0.0,
                "recall": 1.0 if label == "angry" else 0.0,
                "f1": 0.25 if label == "angry" else 0.0,
                "support": 1,
            }
            for label in LABELS
        ],
        "confusion": [[1, 0, 0, 0, 0, 0, 0] for _ in LABELS],
    }
