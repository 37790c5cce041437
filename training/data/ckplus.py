"""CK+ (Lucey et al. 2010), posed expressions of 118 people, in the two forms in which it circulates.

The common 48 x 48 release is `CK+48/<expression>/<subject>_<sequence>_<frame>.png`. The original tree has
`cohn-kanade-images/<subject>/<sequence>/*.png` and, for the sequences with a label,
`Emotion/<subject>/<sequence>/*_emotion.txt`.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from training.config import IMAGE_SIZE, LABELS
from training.data.faces import Faces, decode_grey
from training.errors import TrainingError

SOURCE = "https://www.jeffcohn.net/resources"
CKPLUS_LABELS = ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
"""CK+'s own seven expressions, with contempt and without neutral."""

LABEL_OF_FOLDER = {
    "anger": "angry",
    "contempt": "contempt",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "sadness": "sad",
    "surprise": "surprise",
}
LABEL_OF_CODE = dict(enumerate(CKPLUS_LABELS, start=1))
"""Labels by their number in the original tree, in which 0 is neutral and unused."""
IMAGES, LABEL_FILES = "cohn-kanade-images", "Emotion"
NUM_LAST_FRAMES = 3
"""Number of frames per sequence of the original tree, as in the 48 x 48 release. A sequence ends at the peak."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Face:
    image: np.ndarray
    label: str
    subject: str


def read_ckplus(path: Path) -> Faces:
    """Reads CK+ with its own seven labels.

    Args:
        path: Path of `CK+48.zip`, of its folder, or of the folder with `cohn-kanade-images/` and `Emotion/`.

    Returns:
        The faces in a fixed order, with `split` "all", CK+'s labels as `names`, and the subjects as `groups`.

    Raises:
        TrainingError: If the data is missing or damaged, a label is unknown or has no images, or an image is damaged.
    """
    found = list(_read_tree(path) if (path / IMAGES).is_dir() else _read_release(path))
    labels = np.array([CKPLUS_LABELS.index(face.label) for face in found], np.int64)
    missing = [label for index, label in enumerate(CKPLUS_LABELS) if index not in labels]
    if missing:
        raise TrainingError(
            f"{path} has no images of {', '.join(missing)}. Expected the 48 x 48 release, CK+48, or the folder that "
            f"holds {IMAGES}/ and {LABEL_FILES}/."
        )
    _, groups = np.unique([face.subject for face in found], return_inverse=True)
    images = np.stack([face.image for face in found])[..., None]
    return Faces(images, labels, "all", np.arange(len(found)), groups=groups, names=CKPLUS_LABELS)


def in_product_labels(faces: Faces) -> Faces:
    """Returns the images of the six expressions that CK+ shares with the product, with the product's labels."""
    keep = np.flatnonzero(faces.labels != CKPLUS_LABELS.index("contempt"))
    kept = faces.take(keep)
    labels = np.array([LABELS.index(CKPLUS_LABELS[label]) for label in kept.labels], np.int64)
    return replace(kept, labels=labels, names=LABELS)


def _read_release(path: Path) -> Iterator[_Face]:
    for name, content in sorted(_read_files(path)):
        place = PurePosixPath(name)
        if place.parent.name not in LABEL_OF_FOLDER:
            raise TrainingError(
                f"{path}: unknown label folder {place.parent.name!r}. Expected: {', '.join(LABEL_OF_FOLDER)}."
            )
        image = decode_grey(content)
        if image is None or image.shape != (IMAGE_SIZE, IMAGE_SIZE):
            raise TrainingError(f"{path}: {name} is not a readable 48 x 48 image.")
        yield _Face(image, LABEL_OF_FOLDER[place.parent.name], place.name.split("_")[0])


def _read_files(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if path.is_dir():
            for file in path.rglob("*.png"):
                yield file.relative_to(path).as_posix(), file.read_bytes()
            return
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".png"):
                    yield name, archive.read(name)
    except (OSError, RuntimeError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"CK+ cannot be read from {path} ({error}). Give --data CK+48.zip or its folder; its authors hand it out: "
            f"{SOURCE}."
        ) from error


def _read_tree(path: Path) -> Iterator[_Face]:
    """Reads the last frames of every labelled sequence, cropped to the face found in the very last one."""
    haar_dir = cv2.data.haarcascades  # type: ignore[attr-defined]
    cascade = cv2.CascadeClassifier(haar_dir + "haarcascade_frontalface_default.xml")
    for label_file in sorted((path / LABEL_FILES).rglob("*_emotion.txt")):
        label = _read_label(label_file)
        subject, sequence = label_file.parent.parts[-2:]
        frames = sorted((path / IMAGES / subject / sequence).glob("*.png"))[-NUM_LAST_FRAMES:]
        if not frames:
            raise TrainingError(f"{label_file} has a label, but {IMAGES}/{subject}/{sequence} has no images.")
        images = [_read_image(frame) for frame in frames]
        boxes = cascade.detectMultiScale(images[-1], 1.1, 5, minSize=(100, 100))
        if not len(boxes):
            log.warning("No face found in %s: sequence left out.", frames[-1])
            continue
        x, y, width, height = max(boxes, key=lambda box: box[2])
        for image in images:
            face = cv2.resize(
                image[y : y + height, x : x + width], (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA
            )
            yield _Face(face, label, subject)


def _read_label(label_file: Path) -> str:
    text = label_file.read_text(errors="replace").strip()
    try:
        return LABEL_OF_CODE[int(float(text))]
    except (ValueError, KeyError) as error:
        raise TrainingError(
            f"{label_file} holds no label: expected a number 1..{len(LABEL_OF_CODE)}. Received: {text!r}."
        ) from error


def _read_image(path: Path) -> np.ndarray:
    image = decode_grey(path.read_bytes())
    if image is None:
        raise TrainingError(f"{path} is not a readable image.")
    return image
