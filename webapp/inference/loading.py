"""Chooses what computes a model's answers on this machine, and loads it."""

from __future__ import annotations

import importlib.util
import logging
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from webapp.errors import ModelError, NotExplainable
from webapp.inference.backend import Backend
from webapp.inference.batcher import MicroBatcher
from webapp.inference.card import (
    CARD_FILE,
    MODEL_FILE,
    ONNX_FILE,
    Card,
    check_file,
    check_probe,
    probe_input,
    read_card,
)
from webapp.inference.classifier import Calls, Classifier, LocalClassifier
from webapp.inference.keras_process import KerasProcess
from webapp.inference.parallel import ParallelCalls
from webapp.inference.remote_backend import RemoteBackend, RemoteServers
from webapp.inference.signature import SignaturePolicy

RUNTIMES = ("auto", "keras", "onnx", "openvino", "remote")
REMOTE_BATCH = 32
TIMED_CALLS = 15

log = logging.getLogger(__name__)


def load_classifier(  # noqa: PLR0913 - the choices of an operator, each with a default
    model_dir: Path | str,
    *,
    runtime: str = "auto",
    precision: str = "float32",
    threads: int = 0,
    parallel: int = 1,
    max_waiting: int = 256,
    note_batch: Callable[[int], None] = lambda num_faces: None,
    signatures: SignaturePolicy | None = None,
    remote: RemoteServers | None = None,
) -> Classifier:
    """Loads an artifact, checks it against its card, and warms it up.

    Call it in the process that serves, never before a fork: TensorFlow hangs in the child.

    Args:
        model_dir: Folder with `card.json` and the files that it names.
        runtime: One of `RUNTIMES`. `auto` is Keras where it sees a GPU, and where the artifact has no `model.onnx`;
            otherwise the faster of the runtimes that are installed and answer the probe. `remote`: the servers of
            `remote` compute, and only the card of this folder is read.
        precision: `float32`; `bfloat16`, in which OpenVINO computes; `int8`, the artifact's quantized variant beside it
            (`NAME-int8`); or `auto`: that variant where there is one and Keras does not compute, else `float32`.
        threads: CPU threads of one operation in Keras; 0 lets it choose.
        parallel: Calls that the other runtimes work on at once, one thread each.
        max_waiting: Crops that may wait before the server says that it is busy.
        signatures: Signatures asked for, `SignaturePolicy()` if left out; of the int8 variant and of the model that
            explains it, too.
        note_batch: Called with the number of crops of each call of the model, on the thread of that call.
        remote: Servers to ask with `runtime="remote"`.

    Returns:
        A classifier that has answered its probe.

    Raises:
        ModelError: With one sentence that says what is wrong and what to do.
    """
    model_dir = Path(model_dir)
    signatures = signatures or SignaturePolicy()
    card = read_card(model_dir, signatures)
    if runtime == "keras" or (runtime == "auto" and _keras_is_best(card)):
        return _load_keras(model_dir, card, threads, max_waiting, note_batch)
    source_dir, source = model_dir, card
    if precision in ("auto", "int8") and card.precision == "float32":
        model_dir, card = _quantized(model_dir, card, signatures, required=precision == "int8")
    numbers = "bfloat16" if precision == "bfloat16" else "float32"
    calls: Calls
    if runtime == "remote":
        servers = _ask_servers(
            remote, card, lambda: _load_fastest(model_dir, card, "auto", parallel, numbers)
        )
        calls, words = _remote_calls(servers, parallel, max_waiting, note_batch), servers.runtime
    else:
        backend = _load_fastest(model_dir, card, runtime, parallel, numbers)
        if backend is None:
            if MODEL_FILE not in source.files:
                raise ModelError(
                    f"No installed runtime can run {model_dir}. `pip install -r requirements.txt` brings two."
                )
            return _load_keras(source_dir, source, threads, max_waiting, note_batch)
        calls = ParallelCalls(_noted(backend, note_batch), max_waiting=max_waiting)
        words = backend.runtime
    return _with_explanations(card, calls, words, source_dir, source, signatures)


def _ask_servers(
    remote: RemoteServers | None, card: Card, load_fallback: Callable[[], Backend | None]
) -> RemoteBackend:
    """Waits until one of the servers has answered the card's probe."""
    if remote is None:
        raise ModelError(
            "CLASSIFIER=remote needs CLASSIFIER_URL, the address of a server that has the model."
        )
    fallback = load_fallback() if remote.has_fallback else None
    servers = RemoteBackend(remote.urls, card, timeout_s=remote.timeout_s, fallback=fallback)
    servers.wait()
    return servers


def _with_explanations(  # noqa: PLR0913 - what was loaded, and where from
    card: Card, calls: Calls, words: str, source_dir: Path, source: Card, signatures: SignaturePolicy
) -> Classifier:
    """Returns a classifier that a Keras process explains, where there is a model and a package to do it with."""
    explained_dir = _explained_dir(source_dir, source)
    if explained_dir not in (None, source_dir):
        read_card(explained_dir, signatures)
    if explained_dir is None:
        return LocalClassifier(card, calls, runtime=words)
    if not has_keras():
        return LocalClassifier(card, calls, _explain_without_keras, runtime=words)
    explainer = KerasProcess(explained_dir)
    return LocalClassifier(card, calls, explainer.explain, runtime=words, close_explain=explainer.close)


def _remote_calls(
    servers: RemoteBackend, parallel: int, max_waiting: int, note_batch: Callable[[int], None]
) -> Calls:
    """Joins crops into batches: a call over the network costs the same for one as for many."""
    return MicroBatcher(
        _noted(servers, note_batch), max_batch=REMOTE_BATCH, max_waiting=max_waiting, threads=parallel
    )


def _quantized(
    model_dir: Path, card: Card, signatures: SignaturePolicy, *, required: bool
) -> tuple[Path, Card]:
    """Returns the quantized variant of an artifact, or the artifact itself if it has none and none is required."""
    folder = model_dir.with_name(f"{model_dir.name}-int8")
    if (folder / CARD_FILE).is_file():
        variant = read_card(folder, signatures)
        if variant.quantized_from == card.name:
            return folder, variant
    if required:
        raise ModelError(
            f"The model {card.name} has no int8 variant: expected {folder}. `python -m training quantize {model_dir}` "
            "makes it, or set PRECISION=float32."
        )
    return model_dir, card


def _explained_dir(model_dir: Path, card: Card) -> Path | None:
    """Returns the folder of the Keras model that explains an artifact: its own, or the one that it was made from.

    A quantized model has no gradients, and its answers are those of the other within a percent.
    """
    if MODEL_FILE in card.files:
        return model_dir
    source = model_dir.with_name(card.quantized_from or card.name)
    return source if source != model_dir and (source / MODEL_FILE).is_file() else None


def _noted(backend: Backend, note: Callable[[int], None]) -> Callable[[np.ndarray], np.ndarray]:
    def run(crops: np.ndarray) -> np.ndarray:
        note(len(crops))
        return backend.run(crops)

    return run


def _load_keras(
    model_dir: Path, card: Card, threads: int, max_waiting: int, note_batch: Callable[[int], None]
) -> Classifier:
    if not has_keras():
        raise ModelError(
            f"Only Keras can run {model_dir}, and it is not installed. `pip install 'countenance[train]'` brings it."
        )
    from webapp.inference.keras_backend import BATCH_SIZES, load_keras_backend

    backend = load_keras_backend(model_dir, card, threads=threads)
    check_probe(card.probe, backend.run)
    batcher = MicroBatcher(_noted(backend, note_batch), max_batch=BATCH_SIZES[-1], max_waiting=max_waiting)
    return LocalClassifier(card, batcher, backend.explain, runtime=backend.runtime)


def _keras_is_best(card: Card) -> bool:
    if MODEL_FILE not in card.files:
        return False
    if ONNX_FILE not in card.files:
        log.debug("%s has no %s, so Keras runs it.", card.name, ONNX_FILE)
        return True
    if not (has_gpu() and has_keras()):
        return False
    from webapp.inference.keras_backend import sees_gpu

    return sees_gpu()


def _explain_without_keras(crop: np.ndarray, label: int) -> np.ndarray:
    raise NotExplainable(
        "This server cannot explain labels: that takes Keras, which is not installed. Its operator can add it by "
        "`pip install 'countenance[train]'`."
    )


def has_keras() -> bool:
    """Whether Keras is installed; asks without loading it."""
    return importlib.util.find_spec("keras") is not None


def has_gpu() -> bool:
    """Whether this machine has a graphics card that Keras may be able to use; asks without loading Keras."""
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/kfd").exists()


def _load_fastest(model_dir: Path, card: Card, runtime: str, parallel: int, precision: str) -> Backend | None:
    """Returns the chosen runtime, or the fastest of those that answer the probe for `auto`; `None` without any."""

    def load_onnx() -> Backend:
        from webapp.inference.onnx_backend import load_onnx_backend

        return load_onnx_backend(model_dir, card)

    def load_openvino() -> Backend:
        from webapp.inference.openvino_backend import load_openvino_backend

        return load_openvino_backend(model_dir, card, streams=parallel, precision=precision)

    loaders: dict[str, Callable[[], Backend]] = {"openvino": load_openvino, "onnx": load_onnx}
    if runtime != "auto":
        return _load_one(runtime, loaders[runtime], card)
    check_file(model_dir, card, ONNX_FILE)  # a wrong file is an error, not a reason to try another runtime
    found: list[tuple[float, Backend]] = []
    failures: dict[str, ModelError] = {}
    for name, load in loaders.items():
        try:
            backend = _load_one(name, load, card)
            found.append((seconds_of_call(backend), backend))
        except ModelError as error:
            failures[name] = error
    if not found:
        present = [one for one in failures.values() if not isinstance(one.__cause__, ImportError)]
        if present:
            raise present[0]
        return None
    for name, failure in failures.items():
        is_absent = isinstance(failure.__cause__, ImportError)  # as OpenVINO is, unless it was asked for
        log.log(
            logging.DEBUG if is_absent else logging.WARNING,
            "CLASSIFIER=%s cannot be used here: %s",
            name,
            failure,
        )
    return min(found, key=lambda one: one[0])[1]


def _load_one(name: str, load: Callable[[], Backend], card: Card) -> Backend:
    try:
        backend = load()
    except ImportError as error:
        raise ModelError(
            f"CLASSIFIER={name} needs a package that is not installed ({error}). "
            "`pip install -r requirements.txt` brings it."
        ) from error
    check_probe(card.probe, backend.run)
    return backend


def seconds_of_call(backend: Backend, times: int = TIMED_CALLS) -> float:
    """Returns the median time of a call with one crop, in seconds."""
    crops = probe_input()[None]
    taken = []
    for _ in range(times):
        started_s = time.perf_counter()
        backend.run(crops)
        taken.append(time.perf_counter() - started_s)
    return statistics.median(taken)
