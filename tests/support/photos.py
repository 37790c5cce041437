"""Photos made at run time, good and bad."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
from PIL import Image


def ramp(width: int = 64, height: int = 48) -> np.ndarray:
    """A picture whose four corners differ: red grows to the right, blue downwards."""
    red = np.tile(np.linspace(0, 255, width, dtype=np.uint8), (height, 1))
    blue = np.tile(np.linspace(0, 255, height, dtype=np.uint8)[:, None], (1, width))
    return np.stack([red, np.full((height, width), 40, np.uint8), blue], 2)


def encode(kind: str, picture: np.ndarray | Image.Image | None = None, **options: object) -> bytes:
    image = (
        picture
        if isinstance(picture, Image.Image)
        else Image.fromarray(ramp() if picture is None else picture)
    )
    if kind in ("JPEG", "WEBP", "AVIF", "HEIF"):
        options.setdefault("quality", 95)
    file = io.BytesIO()
    if kind == "HEIF":
        # Not by way of Pillow, where it would take the place of the decoder that is tested.
        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


def portrait(side: int = 400) -> np.ndarray:
    """NASA's portrait of Eileen Collins, smiling, as scikit-image ships it: RGB, square."""
    from skimage import data

    return np.asarray(Image.fromarray(data.astronaut()).resize((side, side), Image.Resampling.BOX))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, idat: bytes, extra: bytes = b"") -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + png_chunk(b"IDAT", idat) + png_chunk(b"IEND", b"")


def tiff(tags: dict[int, tuple[int, int, int]], behind: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory; a tag is `type, count, value`."""
    entries = b"".join(struct.pack("<HHII", tag, *rest) for tag, rest in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + behind


def tiff_tags(width: int, height: int) -> dict[int, tuple[int, int, int]]:
    return {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 8),
        262: (3, 1, 1),
        277: (3, 1, 1),
    }


def gif(screen: tuple[int, int], frame: tuple[int, int], before: bytes = b"") -> bytes:
    """A GIF whose only frame may be larger than its screen."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    picture = b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\x00"
    return head + before + picture + b";"


def bombs(max_pixels: int = 50_000_000) -> dict[str, bytes]:
    """Files that claim or hold far more than they show; all must be refused before they are unpacked."""
    side = 30_000
    zeros = zlib.compress(bytes(50_000_000), 9)
    tags = tiff_tags(64, 64)
    strip = {273: (4, 1, 200), 278: (4, 1, side), 279: (4, 1, 100)}
    many = 5_000_000
    scans = encode("JPEG", np.zeros((4000, 6000, 3), np.uint8), progressive=True)
    last = scans[scans.rindex(b"\xff\xda") : -2]
    return {
        "PNG, sides in the header": png(side, side, zlib.compress(bytes(1000))),
        "PNG, really unpacks": png(side, side, zeros * 20),
        "PNG, largest sides": png(2**31 - 1, 2**31 - 1, zlib.compress(bytes(1000))),
        "PNG, text": png(64, 64, zeros, png_chunk(b"zTXt", b"a\0\0" + zeros * 1)),
        "PNG, a million chunks": png(64, 64, zeros, png_chunk(b"abCd", b"") * 1_000_000),
        "TIFF, sides in the header": tiff({**tiff_tags(side, side), **strip}, bytes(200)),
        "TIFF, nested: large tiles in a small picture": tiff(
            {**tags, 322: (4, 1, side), 323: (4, 1, side), 324: (4, 1, 200), 325: (4, 1, 100)}, bytes(200)
        ),
        "TIFF, millions of strips": tiff(
            {**tiff_tags(1, many), 259: (3, 1, 1), 273: (4, many, 200), 278: (4, 1, 1), 279: (4, many, 200)},
            bytes(4 * many),
        ),
        "GIF, screen": gif((65_535, 65_535), (16, 16)),
        "GIF, nested: a large frame on a small screen": gif((16, 16), (65_535, 65_535)),
        "GIF, comments": gif((16, 16), (16, 16), b"!\xfe" + (b"\xff" + bytes(255)) * 70_000 + b"\0"),
        "BMP, sides in the header": b"BM" + struct.pack("<IHHI", 200, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(200),
        "JPEG, scans": scans[:-2] + last * 10_000 + b"\xff\xd9",
        "JPEG, a mark of five million bytes": b"\xff\xd8" + b"\xff" * 5_000_000,
    }  # fmt: skip
