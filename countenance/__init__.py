"""Facial-expression recognition as a library: `from countenance import Reader`.

A few lines over the same reader that serves the pages and the label command. It reads expressions, not feelings, and is
not for assessing employees, job applicants or students.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from webapp.core.label_state import FaceReading, read_face
from webapp.recognition.photo_decoding import decoded
from webapp.recognition.reader import DetectedFaces, build_reader
from webapp.settings import Settings

__all__ = ["FaceReading", "Reader"]

Photo = bytes | str | os.PathLike[str] | np.ndarray
"""An encoded image, the path of one, or pixels: uint8 `(height, width, 3)`, RGB."""


class Reader:
    """Reads the expressions in photos; loads the model once.

    Callable from several threads. `close` it, or use it as a context manager.
    """

    def __init__(self, model_dir: str | os.PathLike[str] | None = None) -> None:
        """Loads a model, which takes some seconds.

        Args:
            model_dir: Folder of an artifact; the model that the settings name if left out.

        Raises:
            AppError: If a setting, the model or the detector is not usable; one sentence says why.
        """
        chosen = {} if model_dir is None else {"MODEL_DIR": str(Path(model_dir).resolve())}
        self._settings = Settings.from_env({**os.environ, **chosen})
        self._reader = build_reader(self._settings)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the expressions, in the model's order."""
        return self._reader.thresholds.labels

    def read(self, photo: Photo) -> list[FaceReading]:
        """Returns the faces of a photo, the largest first; empty without a face.

        Args:
            photo: Encoded bytes or a path (JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC, turned upright by its EXIF
                orientation), or uint8 pixels `(height, width, 3)`, RGB.

        Raises:
            AppError: If the photo cannot be read, or is larger than the settings allow.
            OSError: If there is no such file.
            ValueError: If pixels have another shape or type.
        """
        found = self._find(photo)
        (probs,) = self._reader.classify([found])
        pairs = zip(found.boxes, probs, strict=True)
        return [read_face(box, row, self._reader.thresholds) for box, row in pairs]

    def close(self) -> None:
        """Ends the model's thread; may be called twice."""
        self._reader.classifier.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _find(self, photo: Photo) -> DetectedFaces:
        if isinstance(photo, np.ndarray):
            return self._reader.find_in(decoded(photo))
        data = photo if isinstance(photo, bytes) else Path(photo).read_bytes()
        return self._reader.find(data)[0]
