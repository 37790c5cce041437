import contextlib
import io
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.support.images import png_bomb
from webapp.errors import ImageTooLarge, NotAnImage
from webapp.recognition.crop import mean_luma
from webapp.recognition.imaging import decode_image

MAX_PIXELS = 1_000_000


def picture(width=64, height=48):
    ramp = np.linspace(0, 255, width, dtype=np.uint8)
    return np.stack(
        [
            np.tile(ramp, (height, 1)),
            np.full((height, width), 40, np.uint8),
            np.tile(255 - ramp, (height, 1)),
        ],
        2,
    )


def encode(kind, rgb=None):
    file = io.BytesIO()
    Image.fromarray(picture() if rgb is None else rgb).save(file, kind, quality=95)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_come_out_as_rgb(kind):
    pixels = decode_image(encode(kind), max_pixels=MAX_PIXELS)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - picture()).mean() < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_picture_cut_short_is_refused(kind, share):
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    data = encode(kind, noise)
    with pytest.raises(NotAnImage):
        decode_image(data[: int(len(data) * share)], max_pixels=MAX_PIXELS)


@pytest.mark.parametrize(
    "data", [b"", b"hello", bytes(1000), b"\xff\xd8\xff\xd9", b"GIF89a" + bytes(50), b"<svg/>"]
)
def test_other_bytes_are_no_image(data):
    with pytest.raises(NotAnImage, match=r"not a picture we can read .*Use JPEG, PNG or WebP"):
        decode_image(data, max_pixels=MAX_PIXELS)


def test_other_formats_are_refused_even_if_they_could_be_read():
    for kind in ("GIF", "BMP", "TIFF"):
        with pytest.raises(NotAnImage):
            decode_image(encode(kind), max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("side", [1_001, 12_000, 40_000])
def test_a_bomb_is_refused_by_its_header(side):
    data = png_bomb(side)
    assert len(data) < 200
    with pytest.raises(ImageTooLarge):
        decode_image(data, max_pixels=MAX_PIXELS)


def test_a_phone_picture_with_a_second_one_behind_it_is_read():
    file = io.BytesIO()
    first, second = Image.fromarray(picture()), Image.fromarray(255 - picture())
    first.save(file, "MPO", save_all=True, append_images=[second], quality=95)
    assert np.abs(decode_image(file.getvalue(), max_pixels=MAX_PIXELS).astype(int) - picture()).mean() < 6


def progressive_jpeg(num_more_scans):
    """A valid progressive JPEG whose last scan, of a few bytes, comes again and again."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((480, 640, 3), np.uint8)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last_scan * num_more_scans + b"\xff\xd9"


def test_a_jpeg_that_is_decoded_over_and_over_is_refused_before_that():
    assert decode_image(progressive_jpeg(0), max_pixels=MAX_PIXELS).shape == (480, 640, 3)
    data = progressive_jpeg(20_000)
    assert len(data) < 524288
    started_s = time.process_time()
    with pytest.raises(ImageTooLarge, match="more than 64 scans"):
        decode_image(data, max_pixels=MAX_PIXELS)
    assert time.process_time() - started_s < 0.5  # decoding takes over a second


def test_a_turned_camera_gives_an_upright_picture():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera stood on its right side
    file = io.BytesIO()
    Image.fromarray(np.rot90(picture())).save(file, "JPEG", exif=exif, quality=95)
    assert np.abs(decode_image(file.getvalue(), max_pixels=MAX_PIXELS).astype(int) - picture()).mean() < 6


def test_damage_inside_a_picture_never_raises_anything_else():
    data = bytearray(encode("PNG"))
    random = np.random.default_rng(0)
    for _ in range(300):
        broken = bytearray(data)
        for place in random.integers(8, len(data), 5):
            broken[place] = random.integers(0, 256)
        with contextlib.suppress(NotAnImage, ImageTooLarge):
            assert decode_image(bytes(broken), max_pixels=MAX_PIXELS).shape[2] == 3


def test_grey_pictures_come_out_with_three_channels():
    data = cv2.imencode(".png", np.full((20, 30), 77, np.uint8))[1].tobytes()
    assert decode_image(data, max_pixels=MAX_PIXELS).tolist()[0][0] == [77, 77, 77]


def test_brightness_weighs_green_most():
    colors = np.eye(3, dtype=np.uint8) * 255
    assert [mean_luma(np.tile(color, (16, 16, 1))) for color in colors] == pytest.approx(
        [0.299, 0.587, 0.114]
    )


@pytest.mark.parametrize("kind", [b"IDAT", b"IEND"])
def test_a_png_whose_chunk_claims_gigabytes_is_refused_before_room_is_made_for_it(kind):
    """OpenCV made room for it: 43 bytes cost 2.8 GB and 2.7 s of processor time."""
    good = encode("PNG")
    data = good[:33] + b"\xb0\x29\xeb\x00" + kind + good[-12:]
    started_s = time.process_time()
    with pytest.raises(NotAnImage, match="cut short"):
        decode_image(data, max_pixels=MAX_PIXELS)
    assert time.process_time() - started_s < 1


def test_bytes_behind_the_end_of_a_png_do_no_harm():
    assert decode_image(encode("PNG") + bytes(500), max_pixels=MAX_PIXELS).shape == (48, 64, 3)
