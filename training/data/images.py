"""Image files as grey arrays, strictly: half an image is none."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def decode_grey(content: bytes) -> np.ndarray | None:
    """Decodes a PNG, JPEG or other image file.

    Not by OpenCV, which fills the missing part of a truncated JPEG with grey and says nothing.

    Args:
        content: The whole file.

    Returns:
        uint8 array `(height, width)`, or `None` if the file is no complete image.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
