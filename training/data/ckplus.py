"""CK+ (Lucey et al. 2010) in the common 48 x 48 release: `CK+48/<expression>/<subject>_<sequence>_<frame>.png`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from training.data.faces import IMAGE_SIZE, LABELS, Faces
from training.errors import TrainingError

LABEL_OF_FOLDER = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happy",
    "sadness": "sad",
    "surprise": "surprise",
}
LEFT_OUT = "contempt"


def read_ckplus48(path: Path) -> Faces:
    """Reads the six expressions that CK+ shares with the product; contempt is left out, and CK+ has no neutral.

    Args:
        path: `CK+48.zip`, or the folder that it unpacks to.

    Returns:
        The faces, ordered by expression and file name; `split` is `all`.

    Raises:
        TrainingError: If the file is missing or damaged, a folder is unknown or empty, or an image is unreadable.
    """
    import cv2

    images, labels = [], []
    for name, content in sorted(_read_files(path)):
        folder = PurePosixPath(name).parent.name
        if folder == LEFT_OUT:
            continue
        if folder not in LABEL_OF_FOLDER:
            raise TrainingError(
                f"{path}: unknown label folder {folder!r}. Expected: {', '.join([*LABEL_OF_FOLDER, LEFT_OUT])}."
            )
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
        if image is None or image.shape != (IMAGE_SIZE, IMAGE_SIZE):
            raise TrainingError(f"{path}: {name} is not a readable 48 x 48 image.")
        images.append(image)
        labels.append(LABELS.index(LABEL_OF_FOLDER[folder]))
    missing = [folder for folder, label in LABEL_OF_FOLDER.items() if LABELS.index(label) not in labels]
    if missing:
        raise TrainingError(
            f"{path} has no images of {', '.join(missing)}. Expected the 48 x 48 release, CK+48."
        )
    return Faces(np.stack(images)[..., None], np.array(labels, np.int64), "all", np.arange(len(labels)))


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
    except (OSError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"CK+ cannot be read from {path} ({error}). Give --data CK+48.zip or its folder."
        ) from error
