"""Files with something wrong in them; ten thousand of them through a real server: `make fuzz`."""

import time

import pytest

from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.mutations import MUTATIONS, mutated, originals
from webapp.core.geometry import Box
from webapp.errors import NotAnImage
from webapp.photos.service import PhotoFile, PhotoService
from webapp.recognition.photo_decoding import decode_photo
from webapp.recognition.reader import FaceReader

FILES = 600


def test_a_number_always_gives_the_same_file():
    assert [mutated(n) for n in range(20)] == [mutated(n) for n in range(20)]
    assert sum(mutated(n) not in originals() for n in range(100)) > 80
    assert len(MUTATIONS) == 6


def test_a_damaged_tiff_is_said_to_whoever_sent_it_and_not_on_stderr(capfd):
    """Number 34 makes libtiff write, from C, that a code is not in a table."""
    with pytest.raises(NotAnImage):
        decode_photo(mutated(34), max_bytes=20_971_520, max_pixels=50_000_000)
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as in webapp/gunicorn_conf.py
def test_whatever_is_wrong_with_a_file_is_known_and_quickly_said():
    reader = FaceReader(
        FakeDetector(Box(0, 0, 9, 9)),
        FakeClassifier(),
        max_bytes=20_971_520,
        max_pixels=50_000_000,
        max_faces=16,
    )
    desk = PhotoService(reader, threads=1)
    codes: dict[str | None, list[int]] = {}
    for number in range(FILES):
        started_s = time.process_time()
        (result,) = desk.read_all([PhotoFile("x", mutated(number))])
        assert time.process_time() - started_s < 2, number
        codes.setdefault(result.error.code if result.error else None, []).append(number)
    desk.close()
    assert set(codes) <= {None, "not_an_image", "image_too_large"}, codes.get("error")
    assert all(len(codes[code]) > FILES / 20 for code in (None, "not_an_image"))
