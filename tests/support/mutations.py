"""Photos with something wrong in them, seeded: the same number gives the same file."""

from __future__ import annotations

import functools

import numpy as np

from tests.support.photos import encode, ramp

KINDS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF")
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF)


@functools.cache
def originals() -> tuple[bytes, ...]:
    """Returns small good photos of every format, some with more inside than one plain picture."""
    plain = [encode(kind) for kind in KINDS]
    progressive = encode("JPEG", ramp(160, 120), progressive=True)
    moving = encode("GIF", save_all=True, append_images=[])
    packed = encode("TIFF", ramp(100, 80), compression="tiff_lzw")
    grey = encode("PNG", np.full((30, 40), 500, np.uint16))
    return (*plain, progressive, moving, packed, grey)


def flip(data: bytearray, random: np.random.Generator) -> bytearray:
    """Changes some bytes, most near the beginning, where the header is."""
    for _ in range(random.integers(1, 20)):
        at = int(len(data) * random.random() ** 3)
        data[at] = random.choice(EXTREMES) if random.random() < 0.5 else random.integers(256)
    return data


def cut(data: bytearray, random: np.random.Generator) -> bytearray:
    """Ends early."""
    return data[: random.integers(len(data))]


def drop(data: bytearray, random: np.random.Generator) -> bytearray:
    """Leaves a piece out."""
    start = random.integers(len(data))
    del data[start : start + random.integers(1, 64)]
    return data


def double(data: bytearray, random: np.random.Generator) -> bytearray:
    """Repeats a piece up to a thousand times."""
    start = random.integers(len(data))
    piece = data[start : start + random.integers(1, 256)]
    return data[:start] + piece * int(random.integers(2, 1000)) + data[start:]


def inflate(data: bytearray, random: np.random.Generator) -> bytearray:
    """Writes a huge number somewhere in the header."""
    at = random.integers(min(len(data), 400))
    data[at : at + 4] = random.choice(
        [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"]
    )
    return data


def splice(data: bytearray, random: np.random.Generator) -> bytearray:
    """Begins as one file and goes on as another."""
    other = originals()[random.integers(len(originals()))]
    return data[: random.integers(len(data))] + other[random.integers(len(other)) :]


MUTATIONS = (flip, cut, drop, double, inflate, splice)


def mutated(number: int) -> bytes:
    """Returns one file: a good photo after one to three mutations."""
    random = np.random.default_rng(number)
    data = bytearray(originals()[number % len(originals())])
    for _ in range(random.integers(1, 4)):
        if data:
            data = MUTATIONS[random.integers(len(MUTATIONS))](data, random)
    return bytes(data)
