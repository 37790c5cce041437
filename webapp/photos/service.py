"""Uploaded photos to results: a few at a time, behind live visitors, small pictures never behind large ones."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from webapp.core.label_state import LabelThresholds
from webapp.core.resting_face import RestingFace
from webapp.errors import AppError, ServerBusy
from webapp.inference.library import ModelLibrary
from webapp.photos.lanes import CHEAP, LARGE, Lane, LaneBounds
from webapp.recognition.photo_decoding import PixelBudget, decoding_effort
from webapp.recognition.reader import DetectedFaces, FaceReader, readings_of

PREVIEW_QUALITY = 80
BASELINE = -1
"""In place of a photo's number: the one of the resting face."""

LANES = (
    LaneBounds("photos", CHEAP, 4, 32, 2, 16),
    LaneBounds("large photos", LARGE, 2, 16, 1, 8),
    LaneBounds("huge photos", None, 2, 16, 1, 8),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotoFile:
    """An uploaded photo.

    Attributes:
        name: Name of the file.
        data: Its bytes.
        preview_side: Longer side of the small JPEG that goes back with the answer, in pixels; 0 for none.
    """

    name: str
    data: bytes
    preview_side: int = 0


@dataclass(frozen=True)
class PhotoResult:
    """What one photo shows, or why that is not known.

    Attributes:
        name: The file's.
        found: Its faces; `None` with an error.
        probs: float32 `(faces, num_labels)`; `None` with an error.
        error: Error of a file that could not be read.
        preview: Small JPEG of the upright photo; `None` unless it was asked for.
        resting: Resting face of the person whose face is the largest; `None` without one.
    """

    name: str
    found: DetectedFaces | None = None
    probs: np.ndarray | None = None
    error: AppError | None = None
    preview: bytes | None = None
    resting: RestingFace | None = None

    def as_dict(self, thresholds: LabelThresholds) -> dict[str, Any]:
        """Returns the result as `PhotoSchema` has it, read with these thresholds."""
        found, probs = self.found, self.probs
        if found is None or probs is None:
            unknown: dict[str, Any] = {"width": None, "height": None, "faces": [], "turned": 0, "hints": []}
            return {"name": self.name, **unknown, "error": self.error.as_dict() if self.error else None}
        readings = readings_of(found.boxes, probs, thresholds, self.resting)
        return {
            "name": self.name,
            "width": found.width,
            "height": found.height,
            "faces": [one.as_dict() for one in readings],
            "turned": found.turned,
            "hints": list(found.hints),
            **({"preview": jpeg_address(self.preview)} if self.preview else {}),
        }


@dataclass
class Request:
    """The photos of a request on their way through the lanes.

    Attributes:
        files: The photos.
        model: Name of the model that reads them; `None` for the server's own.
        budget: Pixels that they may have together; `None` for any number.
        baseline: A photo of the same person's resting face; the largest face of each is read relative to it.
        waiting: Numbers of the photos that each lane still has to read; `BASELINE` for that one.
        results: One for each photo that was read.
        resting: What the baseline showed.
    """

    files: Sequence[PhotoFile]
    model: str | None
    budget: PixelBudget | None
    baseline: bytes | None = None
    waiting: dict[Lane, list[int]] = field(default_factory=dict)
    results: dict[int, PhotoResult] = field(default_factory=dict)
    resting: RestingFace | None = None

    def in_order(self) -> list[PhotoResult]:
        """Returns one result per file, when all lanes have read theirs."""
        return [replace(self.results[number], resting=self.resting) for number in range(len(self.files))]


class PhotoService:
    """Reads the photos of requests. Several requests share its threads and the micro-batcher.

    Attributes:
        lanes: For small photos first; videos share the threads of the second.
    """

    def __init__(
        self,
        reader: FaceReader,
        *,
        threads: int,
        max_request_pixels: int | None = None,
        models: ModelLibrary | None = None,
    ) -> None:
        """Starts no thread before the first photo.

        Args:
            reader: Finds and reads faces.
            threads: Photos decoded at once in each lane; in that of huge ones it is one.
            max_request_pixels: Pixels of one request's photos together; `None` for any number.
            models: Lender of other models than the reader's; without it there are none.
        """
        self._reader, self._models, self._max_request_pixels = reader, models, max_request_pixels
        self.lanes = tuple(Lane(bounds, threads if bounds.max_effort else 1) for bounds in LANES)

    def request(
        self, files: Sequence[PhotoFile], *, model: str | None = None, baseline: bytes | None = None
    ) -> Request:
        """Returns photos that no lane has read yet; costs nothing.

        Args:
            files: The photos.
            model: Name of the model that reads them; the server's own if left out.
            baseline: See `Request`.
        """
        budget = None if self._max_request_pixels is None else PixelBudget(self._max_request_pixels)
        return Request(files, model, budget, baseline)

    def read(self, request: Request, lane: Lane) -> None:
        """Reads the photos of a request that a lane is for; blocking. The first lane tells which these are.

        A file that cannot be read has an error and never spoils the others.

        Args:
            request: Gets the results.
            lane: The lanes are to be asked in turn.

        Raises:
            AppError: If the baseline cannot be read, shows no face, or the model cannot be read against one.
            ServerBusy: If too many faces wait for the model, or another model is in use.
            ModelError: If the model fails, or cannot be loaded.
        """
        if lane is self.lanes[0]:
            self._sort(request)
        numbers = request.waiting.pop(lane, [])
        if request.model is None or self._models is None:
            self._read(request, lane, numbers, self._reader)
            return
        with self._models.use(request.model) as classifier:
            own = classifier is self._reader.classifier
            reader = self._reader if own else self._reader.with_classifier(classifier)
            self._read(request, lane, numbers, reader)

    def read_all(self, files: Sequence[PhotoFile], *, model: str | None = None) -> list[PhotoResult]:
        """Reads photos without asking for admission; see `read`. Returns one result per file, in their order."""
        request = self.request(files, model=model)
        for lane in self.lanes:
            self.read(request, lane)
        return request.in_order()

    def _sort(self, request: Request) -> None:
        contents = {number: file.data for number, file in enumerate(request.files)}
        if request.baseline is not None:
            contents[BASELINE] = request.baseline
        efforts = self.lanes[0].threads.map(decoding_effort, contents.values())
        for number, effort in zip(contents, efforts, strict=True):
            lane = next(one for one in self.lanes if one.takes(effort))
            request.waiting.setdefault(lane, []).append(number)

    def _read(self, request: Request, lane: Lane, numbers: Sequence[int], reader: FaceReader) -> None:
        if BASELINE in numbers and request.baseline is not None:
            (request.resting,) = lane.threads.map(
                lambda photo: reader.rest(photo, budget=request.budget), [request.baseline]
            )
        numbers = [number for number in numbers if number != BASELINE]
        files = [request.files[number] for number in numbers]
        results = lane.threads.map(lambda file: self._find(reader, file, request.budget), files)
        answers = iter(reader.classify([one.found for one in results if one.found is not None]))
        for number, one in zip(numbers, results, strict=True):
            request.results[number] = replace(one, probs=next(answers)) if one.found is not None else one

    def close(self) -> None:
        """Ends the threads."""
        for lane in self.lanes:
            lane.threads.close()

    def _find(self, reader: FaceReader, file: PhotoFile, budget: PixelBudget | None) -> PhotoResult:
        try:
            found, picture = reader.find(file.data, budget=budget)
            preview = make_preview(picture.rgb, file.preview_side) if file.preview_side else None
            return PhotoResult(file.name, found, preview=preview)
        except AppError as error:
            return PhotoResult(file.name, error=error)
        except MemoryError:
            log.error("no memory left for a photo")
            return PhotoResult(file.name, error=ServerBusy("The server has no memory left for this photo."))
        except Exception:
            log.exception("a photo failed")  # never its name or content
            return PhotoResult(file.name, error=AppError("The server could not read this photo."))


def make_preview(rgb: np.ndarray, side: int) -> bytes:
    """Returns a small JPEG of a picture, which is never enlarged.

    Args:
        rgb: uint8 `(height, width, 3)`.
        side: Longer side of the JPEG in pixels, > 0.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])[1].tobytes()


def jpeg_address(jpeg: bytes) -> str:
    """Returns a JPEG as an address that holds it whole: nothing is kept that it could be fetched from."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
