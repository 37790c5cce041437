"""Makes a model repository for NVIDIA Triton out of artifacts.

    python -m deploy.triton.repository models/model2-ferplus-balanced OUT [--gpu] [--instances N] [--version N]

Each model is known by its card's name, by which web servers with `CLASSIFIER=remote` ask for it. The file is the
artifact's own `model.onnx`, compared with the hash of its card and never changed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from webapp.errors import ModelError
from webapp.inference.card import ONNX_FILE, Card, check_file, read_card
from webapp.inference.onnx_backend import check_shapes, one_thread_options

CONFIG_FILE = "config.pbtxt"
MAX_BATCH = 64
"""Most crops of one call of the model; a web server sends up to 32 in one request."""

QUEUE_DELAY_US = 1000
"""Longest wait for more requests: a visitor feels each millisecond, and a busy server's batches fill by themselves."""

TIMEOUT_US = 1_000_000
"""Age at which a waiting request is refused: by then the web server (`CLASSIFIER_TIMEOUT_S`) has asked elsewhere."""

MAX_QUEUE = 512
DATA_TYPES = {"tensor(float)": "TYPE_FP32", "tensor(uint8)": "TYPE_UINT8"}

CONFIG = """\
# Made by deploy/triton/repository.py from {name}, {file} of sha256 {sha256}
name: {quoted_name}
platform: "onnxruntime_onnx"
max_batch_size: {max_batch}
input {{ name: {entry} data_type: {entry_type} dims: [ {height}, {width}, {channels} ] }}
output {{ name: {exit} data_type: {exit_type} dims: [ {num_labels} ] }}
version_policy {{ latest {{ num_versions: 1 }} }}
instance_group {{ kind: {kind} count: {count} }}
dynamic_batching {{
  max_queue_delay_microseconds: {queue_delay_us}
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: {timeout_us}
    max_queue_size: {max_queue}
  }}
}}
"""

ONE_THREAD = 'parameters { key: "intra_op_thread_count" value { string_value: "1" } }\n'
"""As in a web server that reads faces itself: several instances use the cores better than threads of one."""


@dataclass(frozen=True)
class Tensor:
    """An input or output of a model.

    Attributes:
        name: Its name in the file.
        data_type: Its type in Triton's words.
    """

    name: str
    data_type: str


def tensors_of(path: Path, card: Card) -> tuple[Tensor, Tensor]:
    """Returns a file's input and output.

    Raises:
        ModelError: If there are more, or of another shape or type than the app can talk to.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(path), one_thread_options(), providers=["CPUExecutionProvider"]
    )
    found = [*session.get_inputs(), *session.get_outputs()]
    if (len(session.get_inputs()), len(session.get_outputs())) != (1, 1):
        raise ModelError(
            f"{path}: expected one input and one output, received {', '.join(one.name for one in found)}."
        )
    check_shapes(found[0].shape, found[1].shape, card, path)
    for one in found:
        if one.type not in DATA_TYPES:
            raise ModelError(
                f"{path}: expected {one.name} of {' or '.join(DATA_TYPES)}, received {one.type}."
            )
    entry, exit_ = (Tensor(one.name, DATA_TYPES[one.type]) for one in found)
    return entry, exit_


def config_of(card: Card, entry: Tensor, exit_: Tensor, *, on_gpu: bool, instances: int) -> str:
    """Returns the text of a model's configuration.

    Args:
        card: Card of the model.
        entry: Input of its file.
        exit_: Output of its file.
        on_gpu: Whether each GPU gets the instances, instead of the processor.
        instances: Calls of the model under way at once.
    """
    height, width, channels = card.input_shape
    text = CONFIG.format(
        name=card.name,
        file=ONNX_FILE,
        sha256=card.files[ONNX_FILE],
        quoted_name=json.dumps(card.name),
        max_batch=MAX_BATCH,
        entry=json.dumps(entry.name),
        entry_type=entry.data_type,
        height=height,
        width=width,
        channels=channels,
        exit=json.dumps(exit_.name),
        exit_type=exit_.data_type,
        num_labels=len(card.labels),
        kind="KIND_GPU" if on_gpu else "KIND_CPU",
        count=instances,
        queue_delay_us=QUEUE_DELAY_US,
        timeout_us=TIMEOUT_US,
        max_queue=MAX_QUEUE,
    )
    return text if on_gpu else text + ONE_THREAD


def add_model(
    model_dir: Path, repository: Path, *, on_gpu: bool = False, instances: int = 1, version: int = 1
) -> Path:
    """Adds an artifact to a repository, whole or not at all, so that a running Triton may look at any moment.

    Args:
        model_dir: Folder of the artifact.
        repository: Folder of the repository; made if it is missing.
        on_gpu: See `config_of`.
        instances: See `config_of`.
        version: Number of the version; Triton serves the highest.

    Returns:
        The model's folder.

    Raises:
        ModelError: If the artifact is not what its card says, has no `model.onnx`, or the version is there already.
    """
    card = read_card(model_dir)
    source = check_file(model_dir, card, ONNX_FILE)
    entry, exit_ = tensors_of(source, card)
    folder = repository / card.name
    place, part = folder / str(version), folder / f"{version}.part"
    if place.exists():
        raise ModelError(f"{place} is there already. Choose another --version, or remove it.")
    part.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, part / ONNX_FILE)
    config = config_of(card, entry, exit_, on_gpu=on_gpu, instances=instances)
    (folder / CONFIG_FILE).write_text(config, encoding="utf-8")
    part.rename(place)  # Triton takes only folders whose names are numbers
    return folder


def main(arguments: Sequence[str]) -> int:
    """Makes the repository, or says in one sentence why not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="folder of an artifact")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the repository")
    parser.add_argument("--gpu", action="store_true", help="the instances compute on each GPU")
    parser.add_argument("--instances", type=int, default=1, help="calls under way at once (default: 1)")
    parser.add_argument("--version", type=int, default=1, help="number of the version (default: 1)")
    wanted = parser.parse_args(arguments)
    if wanted.instances < 1 or wanted.version < 1:
        parser.error("--instances and --version must be at least 1")
    try:
        for one in wanted.models:
            print(
                add_model(
                    one, wanted.out, on_gpu=wanted.gpu, instances=wanted.instances, version=wanted.version
                )
            )
    except ModelError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
