"""The models that visitors may compare: the server's own, and the artifacts beside it.

Only names of artifacts in the folder of `MODEL_DIR` are known, and a request names one of them: no path comes from
outside. Another model than the server's is loaded when it is first asked for, on a thread of low priority, and leaves
again for the next one: so their memory is bounded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from webapp.concurrency.native_threads import NativeThreadPool, native_threading
from webapp.errors import ModelError, NotThere, ServerBusy
from webapp.inference.card import CARD_FILE, ONNX_FILE, Card, check_probe, read_card
from webapp.inference.classifier import Classifier, LocalClassifier
from webapp.inference.keras_process import KerasProcess
from webapp.inference.loading import load_classifier
from webapp.inference.signature import SignaturePolicy

NICENESS = 10
RETRY_MS = 2000

log = logging.getLogger(__name__)


class ModelLibrary:
    """Lends classifiers by their models' names; callable from several native threads."""

    def __init__(
        self,
        default: Classifier,
        model_dir: Path,
        load: Callable[[Path, Card], Classifier] | None = None,
        *,
        signatures: SignaturePolicy | None = None,
    ) -> None:
        """Reads the cards of the folder; loads nothing.

        Args:
            default: The server's own classifier, which stays loaded.
            model_dir: Folder of its artifact; those beside it can be compared.
            load: Loader of another model; `load_other` if left out.
            signatures: Signatures that the operator asks for, `SignaturePolicy()` if left out.
        """
        self._default = default
        signatures = signatures or SignaturePolicy()
        self._load = load or partial(load_other, signatures=signatures)
        self._dirs, others = _read_folder(model_dir.parent, default.card, signatures)
        self.cards: Mapping[str, Card] = {default.card.name: default.card, **others}
        self._lock = native_threading().Lock()
        self._threads = NativeThreadPool(1, niceness=NICENESS, name="models")  # live frames go first
        self._loaded: tuple[str, Classifier] | None = None
        self._num_users = 0

    @contextmanager
    def use(self, name: str | None) -> Iterator[Classifier]:
        """Lends a classifier; blocks while its model is loaded.

        Args:
            name: Name of a model; the server's own if left out.

        Raises:
            NotThere: If there is no model of that name.
            ServerBusy: If another one is in use.
            ModelError: If it cannot be loaded.
        """
        if name is None or name == self._default.card.name:
            yield self._default
            return
        if name not in self._dirs:
            raise NotThere(f"There is no model {name!r}. Expected one of {', '.join(self.cards)}.")
        with self._lock:
            classifier = self._take(name)
            self._num_users += 1
        try:
            yield classifier
        finally:
            with self._lock:
                self._num_users -= 1

    def _take(self, name: str) -> Classifier:
        if self._loaded and self._loaded[0] == name:
            return self._loaded[1]
        if self._num_users:
            raise ServerBusy(
                "Another model is being compared now. Try again in a moment.", retry_after_ms=RETRY_MS
            )
        self._forget()
        log.info("loading %s, to be compared", name)
        (classifier,) = self._threads.map(lambda one: self._load(self._dirs[one], self.cards[one]), [name])
        self._loaded = name, classifier
        return classifier

    def close(self) -> None:
        """Ends the model that was lent last; may be called twice."""
        with self._lock:
            self._forget()
        self._threads.close()

    def _forget(self) -> None:
        if self._loaded:
            self._loaded[1].close()
        self._loaded = None


def _read_folder(
    folder: Path, default: Card, signatures: SignaturePolicy
) -> tuple[dict[str, Path], dict[str, Card]]:
    """Returns folders and cards of the artifacts that stand beside the default one, by their models' names.

    Variants of a model, such as its quantized one, are left out: their answers are nearly the same.
    """
    dirs, cards = {}, {}
    for path in sorted(folder.glob(f"*/{CARD_FILE}")):
        try:
            card = read_card(path.parent, signatures)
        except ModelError as error:
            log.warning("%s cannot be compared: %s", path.parent, error)
            continue
        if card.quantized_from or card.name in (default.name, getattr(default, "quantized_from", None)):
            continue
        dirs[card.name], cards[card.name] = path.parent, card
    return dirs, cards


def load_other(model_dir: Path, card: Card, *, signatures: SignaturePolicy | None = None) -> Classifier:
    """Loads a model beside the server's own: by ONNX Runtime or OpenVINO, or in a process of its own by Keras.

    TensorFlow would stay in this process, with its memory, after the model has gone.

    Raises:
        ModelError: If the artifact is not usable.
    """
    if ONNX_FILE in card.files:
        return load_classifier(model_dir, signatures=signatures)
    read_card(model_dir, signatures)  # the process reads it again, and knows no signatures
    process = KerasProcess(model_dir)
    try:
        check_probe(card.probe, process.run)
    except ModelError:
        process.close()
        raise
    return LocalClassifier(card, ProcessCalls(process), process.explain, runtime="Keras, beside the server")


class ProcessCalls:
    """Crops that go to a process of their own; see `Calls`."""

    num_waiting = 0

    def __init__(self, process: KerasProcess) -> None:
        """Takes the process over: `close` ends it."""
        self._process = process

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """See `Classifier.classify`; one crop after the other."""
        return self._process.run(crops)

    def close(self) -> None:
        """Ends the process."""
        self._process.close()
