"""Makes an int8 artifact from a float one: `model.onnx` alone, with a card of its own."""

from __future__ import annotations

import datetime
import json
import logging
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from onnx import numpy_helper

from training.artifacts.card import MEASURED, card_metrics, check_card, file_entry, load_artifact, probe_entry
from training.artifacts.folded import folded_onnx
from training.artifacts.formats import NUM_PARITY_IMAGES, import_onnxruntime, load_onnx
from training.data import duplicated
from training.data.batches import Predict, predict_all
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.calibrate import fit_temperature
from training.evaluation.evaluate import evaluate

NUM_CALIBRATION_IMAGES = 1000
PERCENTILES = (99.99, 99.995, 99.999)
"""Upper ends of the ranges that are tried: values above are clipped, and the others get finer steps."""
WEIGHTED = ("Conv", "Gemm")
METHOD = (
    "ONNX Runtime's static quantization. Weights: 7 bits, symmetric, per output channel. Activations: 8 bits, one "
    "range a tensor up to the {percentile:g}th percentile, of those tried the one whose answers to PublicTest are "
    "nearest to the float model's (Kullback-Leibler divergence {divergence:.1e} nats). The first and the last layer "
    "compute in float32; batch normalisations are folded; the temperature was fitted again."
)


@dataclass(frozen=True)
class Quantized:
    """An int8 model.

    Attributes:
        model: Model as ONNX.
        percentile: Percentile of the values at which its ranges end.
        divergence: Mean Kullback-Leibler divergence of its answers from the float model's, in nats.
        probabilities: float array `(n, k)`, its answers to the images that chose it.
    """

    model: onnx.ModelProto
    percentile: float
    divergence: float
    probabilities: np.ndarray


def quantize_artifact(
    model_dir: Path,
    out_dir: Path,
    splits: Mapping[str, Faces],
    extra: Mapping[str, Faces] | None = None,
    *,
    num_images: int = NUM_CALIBRATION_IMAGES,
) -> dict[str, Any]:
    """Quantizes an artifact's model, calibrates and measures it, and writes it as an artifact of its own.

    Args:
        model_dir: Folder of the float artifact.
        out_dir: Folder of the int8 artifact, which is replaced as a whole; its name is the model's.
        splits: FER2013's three splits with the labels that the model was trained on. Training gives the ranges,
            PublicTest chooses among them and the temperature; PrivateTest is measured once, at the end.
        extra: Other sets to measure on in a single pass, by the name that the card gives them.
        num_images: Number of images of Training that give the ranges.

    Returns:
        The new card.

    Raises:
        TrainingError: If the artifact cannot be loaded, has a layer that is not supported, or cannot be written.
    """
    if out_dir.resolve() == model_dir.resolve():
        raise TrainingError(f"--out must name another folder than the artifact {model_dir}.")
    model, card = load_artifact(model_dir)
    public = splits["PublicTest"].images
    images = _sample(splits["Training"].images, num_images)
    found = quantize(model, images, public)
    temperature = fit_temperature(found.probabilities, splits["PublicTest"].labels).temperature
    draft = out_dir.with_name(out_dir.name + ".part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        path = draft / "model.onnx"
        onnx.save(_divided_logits(found.model, temperature), path)
        predict = load_onnx(path)
        card["name"] = out_dir.name
        card["created"] = datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()
        card["files"] = {"model.onnx": file_entry(path) | {"parity": _parity(predict, model, public)}}
        card["quantization"] = {
            "precision": "int8",
            "of": model_dir.resolve().name,
            "method": METHOD.format(percentile=found.percentile, divergence=found.divergence),
            "calibrated_on": f"{len(images):,} images of Training, drawn at random",
        }
        card["calibration"] = _with_temperature(card["calibration"], temperature)
        card["metrics"] = _measure(predict, splits, extra or {})
        card["probe"] = probe_entry(predict)
        card.pop("purpose", None)  # it is about the float model, in figures
        check_card(card)
        (draft / "card.json").write_text(json.dumps(card, indent=1) + "\n")
        shutil.rmtree(out_dir, ignore_errors=True)
        draft.rename(out_dir)
    except OSError as error:
        raise TrainingError(f"{out_dir} could not be written ({error.strerror or error}).") from error
    return card


def quantize(model: keras.Model, images: np.ndarray, choosing: np.ndarray) -> Quantized:
    """Quantizes a model with each of `PERCENTILES` and returns the result nearest to the float model.

    Args:
        model: Model that `folded_onnx` supports.
        images: uint8 array `(n, height, width, channels)`, images that give the ranges.
        choosing: uint8 array `(m, height, width, channels)`, images whose answers are compared.

    Raises:
        TrainingError: If a layer is not supported, or only the first and the last have weights.
    """
    folded = folded_onnx(model)
    expected = predict_all(model.predict_on_batch, choosing)
    peaks = _percentiles(folded, images)
    found = []
    with tempfile.TemporaryDirectory(prefix="quantize-") as folder:
        source, path = Path(folder) / "folded.onnx", Path(folder) / "model.onnx"
        onnx.save(folded, source)
        for percentile in PERCENTILES:
            ranges = {name: (low, high[percentile]) for name, (low, high) in peaks.items()}
            _write_quantized(source, ranges, images[:1], path)
            answers = predict_all(load_onnx(path), choosing)
            found.append(Quantized(onnx.load(path), percentile, divergence(expected, answers), answers))
    return min(found, key=lambda one: one.divergence)


def divergence(expected: np.ndarray, found: np.ndarray) -> float:
    """Returns the mean Kullback-Leibler divergence of `found` from `expected`, both `(n, k)`, in nats."""
    ratio = np.log(np.maximum(expected, 1e-12)) - np.log(np.maximum(found, 1e-12))
    return float((expected * ratio).sum(1).mean())


def _sample(images: np.ndarray, count: int) -> np.ndarray:
    return images[np.random.default_rng(0).permutation(len(images))[:count]]


def _groups(folded: onnx.ModelProto) -> dict[str, str]:
    """Returns for each tensor the one that the next layer with weights takes in: poolings keep the steps of a tensor.

    What leads into the first layer, and what the last one gives, is left out: they compute in float32.
    """
    nodes = list(folded.graph.node)
    weighted = [index for index, node in enumerate(nodes) if node.op_type in WEIGHTED]
    if len(weighted) < 3:
        raise TrainingError("The model has no layer between the first and the last that could be quantized.")
    groups: dict[str, str] = {}
    for start, end in zip(weighted, weighted[1:], strict=False):
        groups |= {node.output[0]: nodes[end].input[0] for node in nodes[start:end]}
    return groups


def _percentiles(folded: onnx.ModelProto, images: np.ndarray) -> dict[str, tuple[float, dict[float, float]]]:
    """Returns for each tensor the lower end of its range, and the upper ends by percentile."""
    groups = _groups(folded)
    names = sorted(set(groups.values()))
    open_model = onnx.ModelProto()
    open_model.CopyFrom(folded)
    open_model.graph.output.extend(value for value in folded.graph.value_info if value.name in names)
    ends = {}
    with tempfile.TemporaryDirectory(prefix="quantize-") as folder:
        onnx.save(open_model, Path(folder) / "model.onnx")
        for name in names:  # one at a time: together they are gigabytes
            values = predict_all(load_onnx(Path(folder) / "model.onnx", name), images)
            highs = map(float, np.percentile(values, PERCENTILES))
            ends[name] = min(float(values.min()), 0.0), dict(zip(PERCENTILES, highs, strict=True))
    return {name: ends[group] for name, group in groups.items()}


def _write_quantized(
    source: Path, ranges: Mapping[str, tuple[float, float]], images: np.ndarray, path: Path
) -> None:
    """Writes the quantized model.

    Args:
        source: Path of the model from `folded_onnx`.
        ranges: Lower and upper end of each tensor's range.
        images: Some images: ONNX Runtime wants to see values of the tensors, although all their ranges are given.
        path: Path of the file.
    """
    import_onnxruntime()  # before its parts
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    graph = onnx.load(source).graph

    class Images(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = [{graph.input[0].name: images.astype(np.float32)}]

        def get_next(self) -> dict[str, np.ndarray] | None:
            return self._left.pop() if self._left else None

    nodes = list(graph.node)
    inner = [index for index, node in enumerate(nodes) if node.op_type in WEIGHTED][1:-1]
    first, last = inner[0], next(i for i, n in enumerate(nodes) if i > inner[-1] and n.op_type in WEIGHTED)
    logging.getLogger().addFilter(_is_no_advice)
    try:
        quantize_static(
            source,
            path,
            Images(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=[*WEIGHTED, "Relu", "MaxPool", "Flatten"],
            nodes_to_exclude=[node.name for node in nodes[:first] + nodes[last:]],
            per_channel=True,
            reduce_range=True,  # with 8 bits, AVX2 without VNNI saturates where it adds two products in 16 bits
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={
                "TensorQuantOverrides": {name: [_as_override(ends)] for name, ends in ranges.items()}
            },
        )
    finally:
        logging.getLogger().removeFilter(_is_no_advice)


def _as_override(ends: tuple[float, float]) -> dict[str, np.float32]:
    low, high = ends
    return {"rmin": np.float32(low), "rmax": np.float32(high)}


def _is_no_advice(record: logging.LogRecord) -> bool:
    """ONNX Runtime advises to simplify the model before, whatever the model is."""
    return "pre-processing before quantization" not in record.getMessage()


def _divided_logits(model: onnx.ModelProto, temperature: float) -> onnx.ModelProto:
    """Divides the last layer's weights, which are float32, by the temperature."""
    last = [node for node in model.graph.node if node.op_type in WEIGHTED][-1]
    for constant in model.graph.initializer:
        if constant.name in last.input[1:]:
            value = numpy_helper.to_array(constant) / np.float32(temperature)
            constant.CopyFrom(numpy_helper.from_array(value, constant.name))
    return model


def _with_temperature(entry: Mapping[str, Any], temperature: float) -> dict[str, Any]:
    """Returns a card's calibration whose outcome is divided once more."""
    changed = {**entry, "temperature": round(entry["temperature"] * temperature, 4)}
    if "label_offsets" in entry:
        changed["label_offsets"] = [round(offset / temperature, 4) for offset in entry["label_offsets"]]
    return changed


def _parity(predict: Predict, model: keras.Model, images: np.ndarray) -> dict[str, Any]:
    compared = images[:NUM_PARITY_IMAGES]
    expected, found = predict_all(model.predict_on_batch, compared), predict_all(predict, compared)
    return {
        "num_images": len(compared),
        "max_difference": float(np.abs(found - expected).max()),
        "top1_agreement": float(np.mean(found.argmax(1) == expected.argmax(1))),
    }


def _measure(predict: Predict, splits: Mapping[str, Faces], extra: Mapping[str, Faces]) -> dict[str, Any]:
    measured = {name: evaluate(predict, splits[name], duplicated(splits, name)) for name in MEASURED}
    others = {name: evaluate(predict, faces).single.as_dict() for name, faces in extra.items()}
    return card_metrics(measured) | others
