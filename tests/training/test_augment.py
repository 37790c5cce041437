import cv2
import numpy as np
import pytest

from tests.training.samples import make_faces
from training.config import Augmentation
from training.nn.augment import Augment

EVERYTHING = Augmentation(
    shift=0.1,
    rotation_deg=15,
    zoom=0.1,
    flip=True,
    brightness=30,
    contrast=0.3,
    erasing=0.5,
    gamma=0.5,
    noise=8,
    small=0.5,
    jpeg=0.5,
)


def run(strength, images, *, size=48, seed=1, training=True):
    return np.asarray(Augment(strength, image_size=size, seed=seed)(images, training=training))


def test_zero_strength_changes_nothing():
    images = make_faces(4).images
    assert run(Augmentation(), images) == pytest.approx(images.astype("float32"), abs=1e-3)


def test_outside_training_nothing_is_random():
    images = make_faces(4).images
    assert np.array_equal(run(EVERYTHING, images, training=False), images.astype("float32"))


def test_flip_mirrors_some_images_and_leaves_the_others():
    images = make_faces(32).images.astype("float32")
    changed = run(Augmentation(flip=True), images)
    kinds = {
        "same"
        if np.allclose(c, i, atol=1e-2)
        else "mirrored"
        if np.allclose(c, i[:, ::-1], atol=1e-2)
        else "other"
        for c, i in zip(changed, images, strict=True)
    }
    assert kinds == {"same", "mirrored"}


def test_shift_stays_within_its_limit():
    images = np.zeros((64, 48, 48, 1), np.float32)
    images[:, 24, 24] = 255.0
    rows, columns = np.indices((48, 48))
    found = run(Augmentation(shift=0.1), images)[..., 0]
    offsets = [(abs((f * rows).sum() / f.sum() - 24), abs((f * columns).sum() / f.sum() - 24)) for f in found]
    assert 2.4 < np.max(offsets) <= 4.8 + 1e-3  # a tenth of 48 pixels


def test_everything_stays_grey_0_to_255_and_repeats_with_its_seed():
    images = make_faces(16).images
    first = run(EVERYTHING, images)
    assert first.min() >= 0
    assert first.max() <= 255
    assert np.array_equal(first, run(EVERYTHING, images))
    assert not np.array_equal(first, run(EVERYTHING, images, seed=2))


def test_erasing_paints_a_rectangle():
    images = np.tile(np.arange(48, dtype=np.float32)[None, :, None, None], (64, 1, 48, 1))
    changed = np.abs(run(Augmentation(erasing=1.0), images) - images)[..., 0] > 1e-3
    assert np.mean(changed.any(axis=(1, 2))) > 0.9
    assert changed.any(axis=1).sum(axis=1).max() <= 20  # at most two fifths of 48, rounded up
    assert run(Augmentation(erasing=0.0), images) == pytest.approx(images, abs=1e-3)


def test_images_come_out_at_the_training_size():
    assert run(EVERYTHING, make_faces(3).images, size=36).shape == (3, 36, 36, 1)
    assert run(EVERYTHING, make_faces(3).images, size=36, training=False).shape == (3, 36, 36, 1)


SMOOTH = np.tile(np.linspace(40, 200, 48, dtype=np.float32)[None, None, :, None], (32, 48, 1, 1))
CHECKS = np.tile(255.0 * (np.indices((48, 48)).sum(0) % 2)[None, :, :, None], (32, 1, 1, 1)).astype("float32")


def test_fewer_pixels_lose_what_is_fine_and_keep_what_is_not():
    some = Augmentation(small=0.5)
    is_blurred = np.abs(run(some, CHECKS) - CHECKS).max(axis=(1, 2, 3)) > 30
    assert 0 < is_blurred.sum() < len(CHECKS)
    assert run(Augmentation(small=1.0), SMOOTH)[:, 8:-8, 8:-8] == pytest.approx(SMOOTH[:, 8:-8, 8:-8], abs=2)


def test_compression_rounds_each_block_as_a_jpeg_encoder_does():
    faces = np.tile(make_faces(1).images, (64, 1, 1, 1))
    found = run(Augmentation(jpeg=1.0), faces)[..., 0]
    by_encoder = []
    for quality in range(25, 86):
        code = cv2.imencode(".jpg", faces[0], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        by_encoder.append(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE).astype("float32"))
    nearest = [min(np.abs(one - other).mean() for other in by_encoder) for one in found]
    # The encoder rounds its steps to whole numbers, so no quality gives exactly these pixels.
    changes = np.abs(found - faces[..., 0]).mean(axis=(1, 2))
    assert np.all(np.array(nearest) < changes / 2)
    assert np.mean(nearest) < np.mean(changes) / 4


def test_gamma_keeps_black_and_white_and_moves_grey_both_ways():
    images = np.zeros((64, 48, 48, 1), np.float32)
    images[:, :16], images[:, 16:32] = 255.0, 64.0
    found = run(Augmentation(gamma=0.5), images)
    assert found[:, 40:] == pytest.approx(0.0, abs=0.01)
    assert found[:, :8] == pytest.approx(255.0, abs=0.01)
    middle = found[:, 24, 24, 0]
    assert middle.min() < 50
    assert middle.max() > 80


def test_noise_differs_from_pixel_to_pixel_and_from_image_to_image():
    images = np.full((32, 48, 48, 1), 128, np.float32)
    spreads = run(Augmentation(noise=8.0), images).std(axis=(1, 2, 3))
    assert spreads.max() <= 8.5
    assert spreads.max() > 5
    assert spreads.min() < 3
