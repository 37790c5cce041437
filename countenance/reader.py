"""Photos to faces with expressions, by the reader of the server."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from countenance.frames import FrameReader
from webapp.core.label_state import FaceReading
from webapp.recognition.photo_decoding import decoded
from webapp.recognition.pipeline import Pipeline
from webapp.recognition.reader import DetectedFaces, build_reader, readings_of
from webapp.settings import Settings

Photo = bytes | str | os.PathLike[str] | np.ndarray
"""An encoded image, the path of one, or pixels: uint8 `(height, width, 3)`, RGB."""


class Reader:
    """Reads the expressions in photos and frames; loads the model once.

    Callable from several threads. `close` it, or use it as a context manager.
    """

    def __init__(
        self, model_dir: str | os.PathLike[str] | None = None, *, strength: float | None = None
    ) -> None:
        """Loads a model, which takes some seconds.

        Args:
            model_dir: Folder of an artifact; the model that the settings name if left out.
            strength: How common expressions are taken to be, 0..1, as the setting `LABEL_STRENGTH`, which holds if
                left out.

        Raises:
            AppError: If a setting, the model or the detector is not usable; one sentence says why.
        """
        chosen = {} if model_dir is None else {"MODEL_DIR": str(Path(model_dir).resolve())}
        if strength is not None:
            chosen["LABEL_STRENGTH"] = f"{strength:f}"
        self._settings = Settings.from_env({**os.environ, **chosen})
        self._reader = build_reader(self._settings)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the expressions, in the model's order."""
        return self._reader.thresholds.labels

    def read(self, photo: Photo, *, baseline: Photo | None = None) -> list[FaceReading]:
        """Returns the faces of a photo, the largest first; empty without a face.

        Args:
            photo: Encoded bytes or a path (JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC, turned upright by its EXIF
                orientation), or uint8 pixels `(height, width, 3)`, RGB.
            baseline: A photo of the same person's resting face: the largest face is read relative to it.

        Raises:
            AppError: If a photo cannot be read or is larger than the settings allow, if the baseline shows no face, or
                if the model cannot be read against one.
            OSError: If there is no such file.
            ValueError: If pixels have another shape or type.
        """
        found = self._find(photo)
        (probs,) = self._reader.classify([found])
        resting = None if baseline is None else self._reader.rest_of(self._find(baseline))
        return readings_of(found.boxes, probs, self._reader.thresholds, resting)

    def frames(self, *, baseline: Photo | None = None) -> FrameReader:
        """Begins a camera or a video, whose faces are followed from frame to frame; any number at once.

        Args:
            baseline: A photo of the resting face of the person whose face is the largest in the frames: that face is
                read relative to it.

        Raises:
            AppError: If the baseline cannot be read or shows no face, or if the model cannot be read against one.
        """
        resting = None if baseline is None else self._reader.rest_of(self._find(baseline), is_adjusted=True)
        pipeline = Pipeline(
            self._reader.detector,
            self._reader.classifier,
            max_pixels=self._settings.max_frame_pixels,
            max_faces=self._settings.max_faces,
        )
        return FrameReader(pipeline, self._reader.thresholds, resting)

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
