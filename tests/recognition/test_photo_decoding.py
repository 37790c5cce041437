"""Every format comes out upright; nothing that is built to exhaust the server is unpacked."""

import io
import platform
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from tests.support.photos import bombs, encode, ramp
from webapp.errors import AppError, ImageTooLarge, NotAnImage, PhotoTooLarge
from webapp.recognition.photo_decoding import WORKING_SIDE, decode_photo

LIMITS = {"max_bytes": 20_971_520, "max_pixels": 50_000_000}
KINDS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF")


EXPECTED = (
    r"not a picture we can read \(\d+ bytes received\)\. Use JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC"
)


def off(found, expected):
    return np.abs(found.astype(int) - expected.astype(int)).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_comes_out_as_rgb(kind):
    picture = decode_photo(encode(kind), **LIMITS)
    assert (picture.width, picture.height, picture.rgb.dtype) == (64, 48, np.uint8)
    assert off(picture.rgb, ramp()) < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(kind, orientation):
    stored = {  # what the camera stored so that the picture stands upright when turned (EXIF 2.32, orientation)
        1: ramp(), 2: ramp()[:, ::-1], 3: ramp()[::-1, ::-1], 4: ramp()[::-1],
        5: ramp().transpose(1, 0, 2), 6: np.rot90(ramp()), 7: np.rot90(ramp(), 2).transpose(1, 0, 2),
        8: np.rot90(ramp(), -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode_photo(encode(kind, np.ascontiguousarray(stored), exif=exif), **LIMITS)
    assert (picture.width, picture.height) == (64, 48)
    assert off(picture.rgb, ramp()) < 6


def test_only_the_first_frame_of_a_moving_picture_is_read():
    frames = [Image.fromarray(ramp()), Image.fromarray(255 - ramp())]
    for kind in ("GIF", "WEBP", "TIFF", "PNG"):
        data = encode(kind, frames[0], save_all=True, append_images=frames[1:])
        assert off(decode_photo(data, **LIMITS).rgb, ramp()) < 6


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("L", (77, 77, 77)), ("1", (255, 255, 255)), ("P", None), ("RGBA", None), ("LA", None), ("CMYK", None)],
)
def test_other_colour_modes_become_rgb(mode, expected):
    image = Image.new("L", (20, 30), 77).convert(mode)
    if mode == "1":
        image = Image.new("1", (20, 30), 1)
    rgb = decode_photo(encode("TIFF", image), **LIMITS).rgb
    assert rgb.shape == (30, 20, 3)
    assert off(rgb[0, 0], np.array(expected or (77, 77, 77))) < 3


def test_sixteen_bits_keep_the_upper_eight_and_thirty_two_are_refused():
    grey = Image.fromarray(np.full((8, 8), 77 * 256 + 200, np.uint16))
    assert decode_photo(encode("PNG", grey), **LIMITS).rgb[0, 0].tolist() == [77, 77, 77]
    with pytest.raises(NotAnImage, match="32 bits per channel"):
        decode_photo(encode("TIFF", Image.new("F", (8, 8))), **LIMITS)


def test_what_is_transparent_becomes_white():
    layer = np.zeros((4, 4, 4), np.uint8)
    layer[0, 0] = (10, 20, 30, 255)
    rgb = decode_photo(encode("PNG", layer), **LIMITS).rgb
    assert rgb[0, 0].tolist() == [10, 20, 30]
    assert rgb[1, 1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_photo_keeps_its_size_and_is_looked_at_smaller(kind):
    picture = decode_photo(encode(kind, ramp(6000, 3000)), **LIMITS)
    assert (picture.width, picture.height) == (6000, 3000)
    assert picture.rgb.shape == (WORKING_SIDE // 2, WORKING_SIDE, 3)
    assert picture.scale == pytest.approx(WORKING_SIDE / 6000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.9])
def test_a_file_cut_short_is_refused(kind, share):
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    data = encode(kind, noise)
    with pytest.raises(NotAnImage):
        decode_photo(data[: int(len(data) * share)], **LIMITS)


@pytest.mark.parametrize(
    "data", [b"", b"hello", bytes(1000), b"<svg/>", b"%PDF-1.7", b"\x00\x00\x00\x18ftypmp42"]
)
def test_other_bytes_are_no_photo(data):
    with pytest.raises(NotAnImage, match=EXPECTED):
        decode_photo(data, **LIMITS)


def test_formats_that_nobody_asked_for_are_refused_even_if_they_could_be_read():
    for kind in ("PPM", "TGA", "ICO", "JPEG2000"):
        with pytest.raises(NotAnImage):
            decode_photo(encode(kind), **LIMITS)


def test_the_limits_are_exact():
    data = encode("PNG")
    assert decode_photo(data, max_bytes=len(data), max_pixels=64 * 48).width == 64
    with pytest.raises(PhotoTooLarge, match=f"has {len(data)} bytes, at most {len(data) - 1}"):
        decode_photo(data, max_bytes=len(data) - 1, max_pixels=64 * 48)
    with pytest.raises(ImageTooLarge, match="64 x 48 pixels, at most 3071"):
        decode_photo(data, max_bytes=len(data), max_pixels=64 * 48 - 1)


@pytest.mark.parametrize("name", list(bombs()))
def test_a_bomb_is_refused_at_once_and_without_memory(name):
    data = bombs()[name]
    decode_photo(encode("PNG"), **LIMITS)  # the formats are known by now
    started_s = time.process_time()  # untraced: tracing allocations takes many times as long as the refusal
    with pytest.raises(AppError) as refusal:
        decode_photo(data, **LIMITS)
    spent_s = time.process_time() - started_s
    tracemalloc.start()
    with pytest.raises(AppError):
        decode_photo(data, **LIMITS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(refusal.value, NotAnImage if name == "PNG, text" else ImageTooLarge)
    assert spent_s < 1.0  # under 50 ms: python -m benchmarks.serving.decompression_bombs
    assert peak < 32 * 2**20


def test_a_phone_photo_with_a_second_one_behind_it_is_read():
    file = io.BytesIO()
    second = Image.fromarray(255 - ramp())
    Image.fromarray(ramp()).save(file, "MPO", save_all=True, append_images=[second], quality=95)
    assert off(decode_photo(file.getvalue(), **LIMITS).rgb, ramp()) < 6


LARGE_ONES = """
import psutil
from PIL import Image
from tests.support.photos import encode
from webapp.recognition.photo_decoding import decode_photo
def decode(width):
    file = encode("PNG", Image.new("RGB", (width, width)), compress_level=1)
    decode_photo(file, max_bytes=10**9, max_pixels=10**9)
    return psutil.Process().memory_info().rss / 2**20
decode(100)
before = decode(1000)
print(max(decode(6000) for _ in range(3)) - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps it")
def test_the_memory_of_large_photos_is_given_back():
    """Two of them left a server with 440 MiB more, until its end."""
    said = subprocess.run([sys.executable, "-c", LARGE_ONES], capture_output=True, text=True, check=True)
    assert float(said.stdout) < 60
