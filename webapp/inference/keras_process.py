"""Saliency maps and labels of a Keras model in a process of its own, begun at the first question.

A server without a GPU reads expressions without TensorFlow; gradients need it. So it is loaded only where somebody
asks why, and ends with its memory when nobody has asked for a while.
"""

from __future__ import annotations

import functools
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from webapp.concurrency.native_threads import native_select, native_subprocess, native_threading
from webapp.errors import ModelError, NotExplainable
from webapp.inference.card import INPUT_SHAPE, MODEL_FILE, check_file, read_card
from webapp.paths import PACKAGES

SERVE = "from webapp.inference.keras_process import main; main()"
QUESTION = struct.Struct("<B")
CLASSIFY = 255
"""In place of a label: the probabilities are asked for."""
HEADER = struct.Struct("<HH")
START_LIMIT_S = 60.0
"""Longest wait for the first answer: TensorFlow and the model are loaded, on a machine that may be slow or busy."""

ANSWER_LIMIT_S = 10.0
IDLE_S = 600.0


class KerasProcess:
    """Explains and classifies single crops; callable from several native threads, one question at a time."""

    def __init__(
        self, model_dir: Path, *, start_limit_s: float = START_LIMIT_S, answer_limit_s: float = ANSWER_LIMIT_S
    ) -> None:
        """Starts nothing yet.

        Args:
            model_dir: Folder of the artifact.
            start_limit_s: Longest wait for a first answer, in seconds.
            answer_limit_s: Longest wait for any other.
        """
        self._model_dir = model_dir
        self._start_limit_s, self._answer_limit_s = start_limit_s, answer_limit_s
        self._lock = native_threading().Lock()
        self._process: Any = None

    def explain(self, crop: np.ndarray, label: int) -> np.ndarray:
        """See `Classifier.explain`.

        Raises:
            NotExplainable: If the model has no feature maps.
            ModelError: If the process cannot load the model, ends, or takes too long.
        """
        with self._lock:
            heat = self._ask(label, crop)
        if not len(heat):
            raise NotExplainable(
                "The model has no feature maps to look at, so its labels cannot be explained."
            )
        return heat

    def run(self, crops: np.ndarray) -> np.ndarray:
        """See `Backend.run`; one crop after the other.

        Raises:
            ModelError: If the process cannot load the model, ends, or takes too long.
        """
        with self._lock:
            return np.concatenate([self._ask(CLASSIFY, crop) for crop in crops])

    def _ask(self, label: int, crop: np.ndarray) -> np.ndarray:
        """Returns one answer, float32 `(rows, columns)`."""
        is_new = self._process is None or self._process.poll() is not None
        if is_new:
            self._end()  # of a process that died, its pipes
            self._process = self._start()
        limit_s = self._start_limit_s if is_new else self._answer_limit_s
        try:
            self._process.stdin.write(QUESTION.pack(label) + np.ascontiguousarray(crop).tobytes())
            self._process.stdin.flush()
            rows, columns = HEADER.unpack(self._read(HEADER.size, limit_s))
            answer = self._read(rows * columns * 4, limit_s)
        except (OSError, EOFError) as error:
            self._end()
            raise ModelError(
                f"The process that explains labels failed: {error or 'it ended'}. Ask again."
            ) from error
        return np.frombuffer(answer, np.float32).reshape(rows, columns)

    def close(self) -> None:
        """Ends the process; may be called twice."""
        with self._lock:
            self._end()

    def _start(self) -> Any:
        """Starts the process at the niceness of this thread."""
        subprocess = native_subprocess()
        return subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self._model_dir)],
            cwd=PACKAGES,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def _read(self, size: int, limit_s: float) -> bytes:
        """Reads so many bytes, each part within the limit."""
        waiting = native_select().poll()
        waiting.register(self._process.stdout, native_select().POLLIN | native_select().POLLHUP)
        content = b""
        while len(content) < size:
            if not waiting.poll(limit_s * 1000):
                raise OSError(f"no answer within {limit_s:g} s")
            part = self._process.stdout.read(size - len(content))
            if not part:
                raise EOFError
            content += part
        return content

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process = None


def serve(model_dir: Path, questions: BinaryIO, answers: BinaryIO, *, idle_s: float = IDLE_S) -> None:
    """Answers questions until their end, or until none has come for a while.

    Args:
        model_dir: Folder of the artifact.
        questions: For each question one byte, the label's index or `CLASSIFY`, and the crop's 48 x 48 bytes.
        answers: For each answer rows and columns as uint16, then float32 row by row: a map, 0 rows for a model without
            maps; or one row of probabilities.
        idle_s: Seconds without a question after which it returns.
    """
    import select

    from webapp.inference.keras_backend import compiled_step, load_keras_model
    from webapp.inference.saliency import make_heat

    card = read_card(model_dir)
    model = load_keras_model(check_file(model_dir, card, MODEL_FILE), card)
    # Each is made at its first question: a process mostly gets one kind.
    classify = functools.cache(lambda: compiled_step(model, INPUT_SHAPE)(1))
    explain = functools.cache(lambda: make_heat(model, INPUT_SHAPE))
    nothing = np.empty((0, 0), np.float32)
    num_bytes = QUESTION.size + int(np.prod(INPUT_SHAPE))
    while select.select([questions], [], [], idle_s)[0]:
        question = questions.read(num_bytes)
        if len(question) < num_bytes:
            return
        (label,) = QUESTION.unpack_from(question)
        crop = np.frombuffer(question, np.uint8, offset=QUESTION.size).reshape(INPUT_SHAPE)
        if label == CLASSIFY:
            answer = np.asarray(classify()(crop[np.newaxis]))
        else:
            draw = explain()
            answer = draw(crop, label) if draw else nothing
        answers.write(HEADER.pack(*answer.shape) + answer.astype(np.float32).tobytes())
        answers.flush()


def main() -> None:
    """Answers on the standard output, which nothing else may write to."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(Path(sys.argv[1]), sys.stdin.buffer, answers)
