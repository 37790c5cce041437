"""Data that benchmarks read and that does not come with the repository; what is missing is named in one sentence."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import argparse

    import numpy as np

MISSING = 2
"""Exit code of a benchmark that lacks its data."""


@dataclass(frozen=True)
class DataSet:
    """A data set that users get from its publisher.

    Attributes:
        name: Name and form of the data.
        path: Default place, relative to the repository.
        source: Publisher, and the address if it has one.
        option: Command-line option that names another place.
        licence: Licence or terms, in words.
    """

    name: str
    path: Path
    source: str
    option: str
    licence: str

    def add_option(self, parser: argparse.ArgumentParser) -> None:
        """Adds the option to a benchmark's parser."""
        parser.add_argument(self.option, type=Path, default=self.path, help=f"place of {self.name}")

    def find(self, path: Path) -> Path:
        """Returns the path if something is there; otherwise ends the benchmark with one sentence."""
        if not path.exists():
            leave(
                f"{self.name} is missing at {path}: get it from {self.source}, "
                f"or name the place where you have it with {self.option} (`python -m benchmarks.data` lists all data)"
            )
        return path


PHOTOS = DataSet(
    "a zip archive of labelled photos, photos-dev/<expression>/<name>,",
    Path("../shared/data/photos-dev.zip"),
    "https://github.com/muxspace/facial_expressions",
    "--photos",
    "Apache 2.0 for the collection; the photos are from the web",
)
CKPLUS = DataSet(
    "CK+ in its 48 x 48 release, CK+48.zip,",
    Path("../shared/data/CK+48.zip"),
    "its authors (Lucey et al. 2010, https://www.jeffcohn.net/resources)",
    "--ckplus",
    "For research, on request; neither the images nor a model trained on them may be passed on",
)
FER2013 = DataSet(
    "FER2013, as fer2013.csv or the .tar.gz that holds it,",
    Path("../shared/data/fer2013.tar.gz"),
    "the 2013 challenge (https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-"
    "recognition-challenge)",
    "--data",
    "For research; the images may not be passed on",
)
FERPLUS = DataSet(
    "FER+'s votes, fer2013new.csv,",
    Path("../shared/data/fer2013new.csv"),
    "https://github.com/microsoft/FERPlus",
    "--votes",
    "MIT",
)
LONDON = DataSet(
    "the Face Research Lab London Set, zipped as london-dev/<neutral or smiling>/<number>.jpg at 720 x 720,",
    Path("../shared/data/london-dev.zip"),
    "https://doi.org/10.6084/m9.figshare.5047666",
    "--london",
    "CC BY 4.0: name DeBruine and Jones 2017",
)

DATA_SETS = {"fer2013": FER2013, "ferplus": FERPLUS, "ckplus": CKPLUS, "photos": PHOTOS, "london": LONDON}


def sample_image(name: str) -> np.ndarray:
    """Returns one of scikit-image's free images, grey or RGB; without it the benchmark ends with one sentence."""
    try:
        import numpy as np
        from skimage import data

        return np.asarray(getattr(data, name)())
    except (ImportError, OSError) as error:
        leave(
            f"scikit-image's image `{name}` is missing ({error}): `pip install -r requirements-dev.txt` installs "
            "scikit-image, which downloads the images that it does not contain"
        )


def portrait(side: int, *, enlarge: bool = False) -> np.ndarray:
    """Returns scikit-image's free portrait of an astronaut, uint8 BGR `(side, side, 3)`.

    Args:
        side: Width and height in pixels.
        enlarge: Whether pixels are interpolated, as for sides above the original's 512, rather than averaged.
    """
    import cv2

    bgr = cv2.cvtColor(sample_image("astronaut"), cv2.COLOR_RGB2BGR)
    return cv2.resize(bgr, (side, side), interpolation=cv2.INTER_LINEAR if enlarge else cv2.INTER_AREA)


def leave(sentence: str, *, code: int = MISSING) -> NoReturn:
    """Ends the benchmark: one sentence on stderr, and the exit code."""
    print(f"error: {sentence}.", file=sys.stderr)
    raise SystemExit(code)
