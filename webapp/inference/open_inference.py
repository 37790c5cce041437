"""Messages of the Open Inference Protocol (KServe v2) with binary tensors: crops there, probabilities back.

Ray Serve (deploy/ray), Triton, OpenVINO Model Server and KServe speak it. A message is a JSON header and the bytes of
its one tensor, little-endian, row by row; `HEADER_LENGTH` says where the first ends.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER_LENGTH = "Inference-Header-Content-Length"
"""Name of the HTTP header with the bytes of the JSON part; without it the whole body is JSON."""

DATATYPES: dict[str, np.dtype[Any]] = {"UINT8": np.dtype(np.uint8), "FP32": np.dtype("<f4")}


@dataclass(frozen=True)
class Signature:
    """What a served model takes and gives.

    Attributes:
        entry: Name of the input, crops of `(n, 48, 48, 1)`.
        datatype: One of `DATATYPES`, of the input. A server that takes bytes gets a quarter of what floats need.
        exit: Name of the output, float32 `(n, num_labels)`.
        version: What the server calls this version of the model, empty if nothing.
    """

    entry: str
    datatype: str
    exit: str
    version: str

    @classmethod
    def of_metadata(cls, metadata: dict[str, Any]) -> Signature:
        """Reads the answer to `GET /v2/models/NAME`.

        Raises:
            ValueError: If the model has not one input that crops fit into and one output.
        """
        try:
            (entry,), (exit_,) = metadata["inputs"], metadata["outputs"]
            signature = cls(
                str(entry["name"]),
                str(entry["datatype"]),
                str(exit_["name"]),
                str((metadata.get("versions") or [""])[-1]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"expected a model with one input and one output, received {metadata}"
            ) from error
        if signature.datatype not in DATATYPES:
            raise ValueError(f"expected an input of {' or '.join(DATATYPES)}, received {signature.datatype}")
        return signature

    def as_metadata(self, name: str, platform: str, num_labels: int) -> dict[str, Any]:
        """Returns the answer to `GET /v2/models/NAME`."""
        return {
            "name": name,
            "versions": [self.version],
            "platform": platform,
            "inputs": [{"name": self.entry, "datatype": self.datatype, "shape": [-1, 48, 48, 1]}],
            "outputs": [{"name": self.exit, "datatype": "FP32", "shape": [-1, num_labels]}],
        }


def pack_request(request_id: str, crops: np.ndarray, signature: Signature) -> tuple[bytes, int]:
    """Returns the body of a request, and the length of its JSON part."""
    header = {
        "id": request_id,
        "inputs": [_described(signature.entry, signature.datatype, crops)],
        "outputs": [{"name": signature.exit, "parameters": {"binary_data": True}}],
    }
    return _joined(header, crops.astype(DATATYPES[signature.datatype], copy=False))


def unpack_request(body: bytes, header_length: int | None, signature: Signature) -> tuple[str, np.ndarray]:
    """Returns a request's id and its crops.

    Raises:
        ValueError: If the body is none, with what was expected.
    """
    header = _header(body, header_length)
    crops = _tensor(header, "inputs", signature.entry, body, header_length)
    return str(header.get("id", "")), crops


def pack_response(
    request_id: str, model: str, answers: np.ndarray, signature: Signature
) -> tuple[bytes, int]:
    """Returns the body of an answer, and the length of its JSON part."""
    header = {
        "id": request_id,
        "model_name": model,
        "model_version": signature.version,
        "outputs": [_described(signature.exit, "FP32", answers)],
    }
    return _joined(header, answers.astype(DATATYPES["FP32"], copy=False))


def unpack_response(
    body: bytes, header_length: int | None, request_id: str, signature: Signature
) -> np.ndarray:
    """Returns the probabilities of an answer, float32 `(n, num_labels)`.

    Args:
        body: Body of the answer.
        header_length: Length of its JSON part, `None` if all of it is.
        request_id: Id of the request that it must answer.
        signature: Input and output of the model that must have answered.

    Raises:
        ValueError: If it is the answer to another request or of another version, or none.
    """
    header = _header(body, header_length)
    if header.get("id", request_id) != request_id:
        raise ValueError(f"the answer to another request: expected {request_id}, received {header['id']}")
    version = str(header.get("model_version", signature.version))
    if version != signature.version:
        raise OtherVersion(f"expected version {signature.version or 'without a name'}, received {version}")
    return _tensor(header, "outputs", signature.exit, body, header_length).astype(np.float32)


class OtherVersion(ValueError):
    """The server has another version of the model than it had."""


def _described(name: str, datatype: str, array: np.ndarray) -> dict[str, Any]:
    size = array.size * DATATYPES[datatype].itemsize
    return {
        "name": name,
        "datatype": datatype,
        "shape": list(array.shape),
        "parameters": {"binary_data_size": size},
    }


def _joined(header: dict[str, Any], array: np.ndarray) -> tuple[bytes, int]:
    head = json.dumps(header, separators=(",", ":")).encode()
    return head + np.ascontiguousarray(array).tobytes(), len(head)


def _header(body: bytes, header_length: int | None) -> dict[str, Any]:
    try:
        header = json.loads(body if header_length is None else body[:header_length])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected a JSON header, received {body[:80]!r}") from error
    if not isinstance(header, dict):
        raise ValueError(f"expected a JSON object, received {body[:80]!r}")
    return header


def _tensor(
    header: dict[str, Any], kind: str, name: str, body: bytes, header_length: int | None
) -> np.ndarray:
    """Returns the only tensor of a message."""
    try:
        (described,) = header[kind]
        shape = [int(size) for size in described["shape"]]
        dtype = DATATYPES[described["datatype"]]
        is_named = described["name"] == name
        inline = described.get("data")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"expected one tensor in `{kind}`, received {str(header)[:200]}") from error
    if not is_named or min(shape, default=0) < 0:
        raise ValueError(f"expected a tensor {name!r}, received {str(described)[:200]}")
    if inline is not None:
        values = np.asarray(inline, dtype).ravel()
    else:
        content = body[header_length:] if header_length is not None else b""
        if len(content) != math.prod(shape) * dtype.itemsize:
            raise ValueError(
                f"expected {math.prod(shape) * dtype.itemsize} bytes of {name!r}, received {len(content)}"
            )
        values = np.frombuffer(content, dtype)
    if values.size != math.prod(shape):
        raise ValueError(f"expected {math.prod(shape)} values of {name!r}, received {values.size}")
    return values.reshape(shape)
