"""Bytes of a photo to upright pixels, with files refused beforehand that would keep a decoder busy or fill memory."""

from __future__ import annotations

import contextlib
import functools
import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from webapp.concurrency.native_threads import native_threading
from webapp.errors import ImageTooLarge, NotAnImage, PhotoTooLarge, ServerBusy

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF")
FORMAT_WORDS = "JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC"

WORKING_SIDE = 2048
"""Longer side of the copy that is looked at: the detector takes 384 pixels of it, so the smallest face that it finds
still has twice the pixels that the model wants. JPEGs are decoded at that size to begin with."""

MAX_SCAN_PIXELS = 350_000_000
"""Scans of a progressive JPEG times its pixels: about 6 ns each, however few the bytes."""

SCALED_DECODING = 8
"""How many times faster a JPEG is decoded than a PNG of as many pixels: at the size that is looked at."""

MAX_READS = 12_000
BYTES_A_READ = 2_000
MAX_GIF_READS = 4_000
"""Reads that a format's parser may make, more in large files alone: files of millions of tiny parts cost seconds
otherwise. A PNG of 20 MB in chunks of 8 KB, as libpng writes them, takes 7,300. Pillow joins a GIF's comments one by
one, which grows with their square."""

MAX_TAG_VALUES = 200_000
"""Numbers in one tag of a TIFF, such as the places of its strips."""

BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, AttributeError, RuntimeError, ArithmeticError,
    struct.error,
)  # fmt: skip
"""What Pillow's readers raise on bytes that are not what they seem."""

TURN_OF_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
EXIF_ORIENTATION = 0x0112
TIFF_TILE_WIDTH, TIFF_TILE_LENGTH = 322, 323
BMP_RUN_LENGTHS = (1, 2)

M_MMAP_THRESHOLD = -3
OWN_MAPPING_BYTES = 4 * 2**20
"""Smaller than Pillow's blocks, which have 16 MiB, and larger than what a camera's frame takes."""
PLAIN_MODES = ("1", "L", "P", "RGB")


@dataclass(frozen=True)
class DecodedImage:
    """A decoded photo.

    Attributes:
        rgb: uint8 `(h, w, 3)`, upright; the photo itself, or a copy shrunk to `WORKING_SIDE`.
        width: Width of the photo itself when upright, in pixels.
        height: Height of the photo itself when upright, in pixels.
    """

    rgb: np.ndarray
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels of `rgb` per pixel of the photo, in 0..1."""
        return max(self.rgb.shape[:2]) / max(self.width, self.height)


class PixelBudget:
    """The pixels that the photos of one request may have together; for several threads at once."""

    def __init__(self, max_pixels: int) -> None:
        self._max, self._left = max_pixels, max_pixels
        self._lock = native_threading().Lock()

    def take(self, num_pixels: int) -> None:
        """Counts a photo.

        Raises:
            ImageTooLarge: If it has more pixels than are left; it is not counted then.
        """
        with self._lock:
            if num_pixels > self._left:
                raise ImageTooLarge(
                    f"The photos of this request have more than {self._max} pixels together. Send this one in another "
                    "request."
                )
            self._left -= num_pixels


def decode_photo(
    data: bytes, *, max_bytes: int, max_pixels: int, budget: PixelBudget | None = None
) -> DecodedImage:
    """Decodes a photo, the first frame if it moves, turned upright as its EXIF says.

    Args:
        data: The file's content.
        max_bytes: Bytes accepted.
        max_pixels: Width times height accepted; read from the header before anything is unpacked.
        budget: Pixels left for the request that the photo belongs to; without, any number.

    Raises:
        PhotoTooLarge: If it has more bytes.
        ImageTooLarge: If it has more pixels, or is built to be unpacked over and over.
        NotAnImage: If the bytes are no complete picture in one of `FORMATS`.
        ServerBusy: If the server has no memory for it.
    """
    if len(data) > max_bytes:
        raise PhotoTooLarge(
            f"The file has {len(data)} bytes, at most {max_bytes} are accepted. Send a smaller one."
        )
    try:
        with _open(data) as image:
            _check(image, data, max_pixels)
            if budget is not None:
                budget.take(image.width * image.height)
            return _unpack(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(
            f"The picture has far more than the {max_pixels} pixels that are accepted. Send a smaller one."
        ) from error
    except MemoryError as error:
        raise ServerBusy("The server has no memory left for this photo. Send it again later.") from error
    except UnidentifiedImageError as error:
        raise NotAnImage(
            f"This is not a picture we can read ({len(data)} bytes received). Use {FORMAT_WORDS}."
        ) from error
    except BROKEN as error:
        raise NotAnImage(
            f"The picture is damaged or cut short and cannot be decoded ({len(data)} bytes received). "
            "Send it again, or save it in another format."
        ) from error


def decoding_effort(data: bytes) -> int:
    """Returns about how many pixels an opaque PNG has that takes as long to decode (6 ns each), by the header alone.

    Args:
        data: The file's content.

    Returns:
        0 for what `decode_photo` refuses at once.
    """
    try:
        with _open(data) as image:
            num_pixels = image.width * image.height
            if image.format in ("JPEG", "MPO"):
                return max(1, data.count(b"\xff\xda")) * num_pixels // SCALED_DECODING
            return (
                num_pixels
                if image.mode in PLAIN_MODES and not image.has_transparency_data
                else 2 * num_pixels
            )
    except (
        ImageTooLarge,
        MemoryError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        *BROKEN,
    ):
        return 0


class _Patient(io.BytesIO):
    """A file that is read only so many times."""

    def __init__(self, data: bytes, max_reads: int) -> None:
        super().__init__(data)
        self._reads_left = max_reads

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0:
            raise ImageTooLarge(
                "The picture is made of too many small parts to be decoded. Save it again and send that."
            )
        return super().read(size)


def _open(data: bytes) -> Image.Image:
    prepare_pillow()
    if data[:4] in (b"II*\0", b"MM\0*"):
        _check_tiff_tags(data)
    is_gif = data.startswith(b"GIF8")
    max_reads = MAX_GIF_READS if is_gif else max(MAX_READS, len(data) // BYTES_A_READ)
    return Image.open(_Patient(data, max_reads), formats=FORMATS)


@functools.cache
def prepare_pillow() -> None:
    """Teaches Pillow HEIC, and libtiff silence: it writes about damaged files to stderr, past Python.

    And has glibc give a picture's memory back when it is let go, which it does no more once it has seen large pictures.
    """
    import ctypes

    from pi_heif import register_heif_opener
    from PIL import _imaging

    register_heif_opener()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES)
    # Looks in the libraries that `_imaging` is linked to; where libtiff is inside of it, it cannot be reached.
    with contextlib.suppress(OSError, AttributeError):
        libtiff = ctypes.CDLL(_imaging.__file__)
        libtiff.TIFFSetErrorHandler(None)
        libtiff.TIFFSetWarningHandler(None)


def _check(image: Image.Image, data: bytes, max_pixels: int) -> None:
    """Refuses by the header alone."""
    width, height = image.size
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"The picture has {width} x {height} pixels, at most {max_pixels} in all are accepted. Send a smaller one."
        )
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") * width * height > MAX_SCAN_PIXELS:
        raise ImageTooLarge(
            "The JPEG has more scans than can be decoded at this size. Save it again and send that."
        )
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        if int(tags.get(TIFF_TILE_WIDTH, 1)) * int(tags.get(TIFF_TILE_LENGTH, 1)) > max_pixels:
            raise ImageTooLarge("The TIFF has tiles of more pixels than are accepted. Save it again without.")
    if image.format == "BMP" and image.info.get("compression") in BMP_RUN_LENGTHS:
        raise NotAnImage("The BMP is run-length encoded, which no camera does. Save it as PNG and send that.")


def _check_tiff_tags(data: bytes) -> None:
    """Refuses a TIFF whose first directory lists millions of strips: Pillow makes a Python object of each."""
    order = "<" if data[:2] == b"II" else ">"
    with contextlib.suppress(struct.error):
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (num_entries,) = struct.unpack_from(f"{order}H", data, start)
        for index in range(num_entries):
            kind, count = struct.unpack_from(f"{order}2xHI", data, start + 2 + 12 * index)
            if count > MAX_TAG_VALUES and kind not in (1, 2, 6, 7):  # bytes and texts are taken in one piece
                raise ImageTooLarge(
                    f"The TIFF has a tag of {count} numbers, at most {MAX_TAG_VALUES} are accepted. Save it again."
                )


def _unpack(image: Image.Image) -> DecodedImage:
    width, height = image.size
    image.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
    image.load()
    orientation = _orientation(image)
    upright = _shrink(_as_rgb(image))
    if orientation in TURN_OF_ORIENTATION:
        upright = upright.transpose(TURN_OF_ORIENTATION[orientation])
    if orientation >= 5:
        width, height = height, width
    return DecodedImage(np.asarray(upright), width, height)


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(EXIF_ORIENTATION, 1)
    except BROKEN:  # the picture is good, what stands beside it is not
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _as_rgb(image: Image.Image) -> Image.Image:
    """Returns three channels of eight bits; what is transparent becomes white."""
    if image.mode.startswith("I;16"):
        high_bytes = np.asarray(image) >> 8
        return Image.fromarray(high_bytes.astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise NotAnImage(
            "The picture has 32 bits per channel, at most 16 are accepted. Save it with 8 or 16."
        )
    if image.has_transparency_data:
        layer = _shrink(image.convert("RGBA"))
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")


def _shrink(image: Image.Image) -> Image.Image:
    shrink = WORKING_SIDE / max(image.size)
    if shrink >= 1:
        return image
    size = tuple(max(1, round(side * shrink)) for side in image.size)
    return image.resize(size, Image.Resampling.BOX)  # type: ignore[arg-type]


def decoded(rgb: np.ndarray) -> DecodedImage:
    """Returns pixels as a decoded photo, shrunk to `WORKING_SIDE` where they are larger.

    Args:
        rgb: uint8 `(height, width, 3)`, upright.

    Raises:
        ValueError: If it is anything else.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
        raise ValueError(
            f"`rgb` must be uint8 of shape (height, width, 3). Received: {rgb.dtype} of shape {rgb.shape}"
        )
    height, width = rgb.shape[:2]
    return DecodedImage(np.asarray(_shrink(Image.fromarray(rgb))), width, height)
