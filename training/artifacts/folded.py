"""Writes a sequential network as ONNX without batch normalisations: the form that quantizes well.

A batch normalisation is a scale and a shift per channel. The scale goes into the layer before, which gives all
channels of a tensor about the same range. The shift goes into the layer behind. Where that layer pads its input with
zeros, the shift goes into the layer before too, and a maximum takes the place of the ReLU:
relu(x) + shift = max(x + shift, shift). So no tensor is rounded twice. Rescaling goes into the first layer, whose input
is then the bytes of the image.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.errors import TrainingError

OPSET, IR_VERSION = 15, 8
"""Versions of the format: old enough for every runtime in use."""


def folded_onnx(model: keras.Model) -> onnx.ModelProto:
    """Returns a network as a chain of convolutions, poolings, maxima per channel and dense layers.

    Args:
        model: Sequential model of the layers that `LAYERS` names.

    Returns:
        Model from float32 `(n, height, width, channels)` to the same answers, up to the rounding of float32. The nodes
        are named after the layers.

    Raises:
        TrainingError: If the model has another layer, or a layer with a setting that is not supported.
    """
    chain = _Chain(*model.input_shape[1:])
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in LAYERS:
            raise TrainingError(
                f"{layer.name} is a {kind}, which cannot be quantized. Known: {', '.join(LAYERS)}."
            )
        LAYERS[kind](chain, layer)
    return chain.finish(model.output_shape)


class _Chain:
    """A graph that grows layer by layer.

    The layers so far give `scale * tensor + shift`, per channel: the next layer with weights takes both in.
    """

    def __init__(self, height: int, width: int, channels: int) -> None:
        shape: list[str | int | None] = ["n", height, width, channels]
        self.input = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}
        self.kernels: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.tensor = "image"
        self.scale, self.shift = np.ones(channels), np.zeros(channels)
        self.scalable = ""
        """Layer whose outputs may still be scaled through its weights."""
        self.relu = ""
        """Its ReLU, if only poolings of the largest value have come since."""
        self.flat: tuple[int, int, int] | None = None
        if channels == 1:  # one channel lies alike in both orders
            self.add("Reshape", "channels_first", [np.array([-1, channels, height, width])])
        else:
            self.add("Transpose", "channels_first", perm=[0, 3, 1, 2])

    def add(self, kind: str, name: str, constants: list[np.ndarray] | None = None, **attributes: Any) -> None:
        """Adds a node after the last one."""
        names = [f"{name}_{index}" for index in range(len(constants or []))]
        self.constants |= dict(zip(names, constants or [], strict=True))
        self.nodes.append(helper.make_node(kind, [self.tensor, *names], [name], name, **attributes))
        self.tensor = name

    def add_weighted(
        self, kind: str, layer: Any, kernel: np.ndarray, bias: np.ndarray, **attributes: Any
    ) -> None:
        """Adds a layer with weights and its activation; its kernel's last axes are input and output channels."""
        bias = bias + (kernel * self.shift[:, None]).reshape(-1, len(bias)).sum(0)
        kernel = kernel * self.scale[:, None]
        self.scale, self.shift = np.ones(len(bias)), np.zeros(len(bias))
        self.kernels[layer.name] = kernel, bias
        names = [f"{layer.name}_kernel", f"{layer.name}_bias"]
        self.nodes.append(
            helper.make_node(kind, [self.tensor, *names], [layer.name], layer.name, **attributes)
        )
        self.tensor = layer.name
        activation = layer.activation.__name__
        if activation not in ACTIVATIONS:
            raise TrainingError(f"{layer.name} has the activation {activation}, which cannot be quantized.")
        if activation != "linear":
            self.add(ACTIVATIONS[activation], f"{layer.name}_{activation}")
        self.scalable = layer.name if activation in ("relu", "linear") else ""
        self.relu = self.tensor if activation == "relu" else ""

    def scale_weights(self) -> None:
        """Scales the layer before by the pending scale, if its activation lets that through."""
        if self.scalable and (self.scale > 0).all():
            kernel, bias = self.kernels[self.scalable]
            self.kernels[self.scalable] = kernel * self.scale, bias * self.scale
            self.scale = np.ones_like(self.scale)

    def add_shift(self) -> None:
        """Leaves nothing pending: the next layer pads its input with zeros."""
        if self.relu and (self.scale == 1).all():
            self._replace_relu()
        elif self.shift.any():
            self.add("Mul", f"{self.tensor}_scaled", [self.scale.reshape(1, -1, 1, 1)])
            self.add("Add", f"{self.tensor}_shifted", [self.shift.reshape(1, -1, 1, 1)])
            self.scale = np.ones_like(self.scale)
        self.shift = np.zeros_like(self.shift)

    def _replace_relu(self) -> None:
        kernel, bias = self.kernels[self.scalable]
        self.kernels[self.scalable] = kernel, bias + self.shift
        place = next(index for index, node in enumerate(self.nodes) if node.name == self.relu)
        source = self.nodes.pop(place).input[0]
        if place == len(self.nodes):
            self.tensor = source
        else:
            self.nodes[place].input[0] = source
        self.add("Max", f"{self.tensor}_floor", [self.shift.reshape(1, -1, 1, 1)])

    def finish(self, output_shape: tuple[int | None, ...]) -> onnx.ModelProto:
        """Returns the checked model."""
        constants = dict(self.constants)
        for name, (kernel, bias) in self.kernels.items():
            ordered = kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel
            constants |= {f"{name}_kernel": ordered, f"{name}_bias": bias}
        initializers = [
            numpy_helper.from_array(_as_onnx_stores(value), name) for name, value in constants.items()
        ]
        exit_ = helper.make_tensor_value_info(self.tensor, TensorProto.FLOAT, ["n", *output_shape[1:]])
        graph = helper.make_graph(self.nodes, "countenance", [self.input], [exit_], initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="countenance"
        )
        onnx.checker.check_model(model)
        return onnx.shape_inference.infer_shapes(model)


def _as_onnx_stores(value: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(value, np.int64 if value.dtype.kind == "i" else np.float32)


def _add_nothing(chain: _Chain, layer: Any) -> None:
    """The input is there, and dropout is for training."""


def _add_rescaling(chain: _Chain, layer: Any) -> None:
    chain.scale, chain.shift = chain.scale * layer.scale, chain.shift * layer.scale + layer.offset


def _add_normalization(chain: _Chain, layer: Any) -> None:
    gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in layer.get_weights())
    scale = gamma / np.sqrt(variance + layer.epsilon)
    chain.scale, chain.shift = chain.scale * scale, chain.shift * scale + beta - mean * scale
    chain.scale_weights()


def _add_convolution(chain: _Chain, layer: Any) -> None:
    kernel, bias = (np.asarray(weight, np.float64) for weight in layer.get_weights())
    sides = kernel.shape[:2]
    simple = layer.strides == layer.dilation_rate == (1, 1) and layer.groups == 1
    if not simple or (layer.padding == "same" and any(side % 2 == 0 for side in sides)):
        raise TrainingError(
            f"{layer.name} has strides, dilation, groups or an even kernel, which cannot be quantized."
        )
    border = [side // 2 if layer.padding == "same" else 0 for side in sides]
    if any(border) and chain.shift.any():
        chain.add_shift()
    chain.add_weighted("Conv", layer, kernel, bias, kernel_shape=sides, pads=border * 2)


def _add_pooling(chain: _Chain, layer: Any) -> None:
    kind = "MaxPool" if type(layer).__name__ == "MaxPooling2D" else "AveragePool"
    if layer.padding != "valid":
        raise TrainingError(f"{layer.name} has padding, which cannot be quantized.")
    if kind == "MaxPool" and (chain.scale <= 0).any():
        raise TrainingError(f"{layer.name} takes the largest of negated values, which cannot be quantized.")
    if kind != "MaxPool":
        chain.relu = ""
    chain.add(kind, layer.name, kernel_shape=layer.pool_size, strides=layer.strides)


def _add_flatten(chain: _Chain, layer: Any) -> None:
    _, height, width, channels = layer.input.shape
    chain.add("Flatten", layer.name)
    chain.scale, chain.shift = (np.repeat(value, height * width) for value in (chain.scale, chain.shift))
    chain.flat = height, width, channels


def _add_dense(chain: _Chain, layer: Any) -> None:
    kernel, bias = (np.asarray(weight, np.float64) for weight in layer.get_weights())
    if chain.flat:  # ONNX flattens channel by channel, Keras pixel by pixel
        order = np.arange(len(kernel)).reshape(chain.flat).transpose(2, 0, 1).ravel()
        kernel, chain.flat = kernel[order], None
    chain.add_weighted("Gemm", layer, kernel, bias)


ACTIVATIONS = {"linear": "Identity", "relu": "Relu", "softmax": "Softmax"}
LAYERS: dict[str, Callable[[_Chain, Any], None]] = {
    "InputLayer": _add_nothing,
    "Dropout": _add_nothing,
    "Rescaling": _add_rescaling,
    "BatchNormalization": _add_normalization,
    "Conv2D": _add_convolution,
    "MaxPooling2D": _add_pooling,
    "AveragePooling2D": _add_pooling,
    "Flatten": _add_flatten,
    "Dense": _add_dense,
}
"""Function that adds a layer, by the name of its class."""
