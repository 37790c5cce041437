"""What the model gets wrong, to be looked at: `static/samples/wrong`, which the page /model shows.

    python -m benchmarks.recognition.mistakes [MODEL_DIR] [--london ../shared/data/london-dev.zip] [--out FOLDER]

Reads every picture of the London Set, whose licence lets its faces be shown (FER2013's does not), with the server's
detector and crop. Prints each mistake, the surest first, and writes the first ten with a list of what the model
said. A slight smile counts as happy, as the set's makers asked for it.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import LONDON
from countenance import FaceReading, Reader
from webapp.paths import PACKAGES as ROOT

MODEL = ROOT / "models" / "model2-ferplus-balanced"
OUT = ROOT / "static" / "samples" / "wrong"
EXPECTED = {"neutral": "neutral", "smiling": "happy"}
MOST = 10
SIDE = 224
MARGIN = 1.7
"""Side of the shown square, in sides of the face's box."""
QUALITY = 74


@dataclass(frozen=True)
class Mistake:
    """A picture that the model names wrong.

    Attributes:
        name: Name of the picture in the set.
        shows: Expression that the person was asked for.
        said: Expression that the model names.
        confidence: Probability that it gives, 0..1.
        box: Face, as shares of the picture.
    """

    name: str
    shows: str
    said: str
    confidence: float
    box: tuple[float, float, float, float]


def read_set(archive: zipfile.ZipFile, reader: Reader) -> Iterator[tuple[str, str, FaceReading]]:
    """Yields each picture's name, its expression and what the model reads."""
    for name in sorted(archive.namelist()):
        shows = EXPECTED.get(Path(name).parent.name)
        if shows and name.endswith(".jpg"):
            yield name, shows, reader.read(archive.read(name))[0]


def mistake(name: str, shows: str, face: FaceReading) -> Mistake | None:
    """Returns what is wrong about a reading, or `None`."""
    if face.label == shows:
        return None
    return Mistake(name, shows, face.label, round(face.confidence, 4), face.box)


def cut(picture: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Returns the face and some of what is around it, `(SIDE, SIDE, 3)`."""
    height, width = picture.shape[:2]
    x, y, w, h = (part * size for part, size in zip(box, (width, height, width, height), strict=True))
    side = round(min(MARGIN * max(w, h), width, height))
    left = round(min(max(x + w / 2 - side / 2, 0), width - side))
    top = round(min(max(y + h / 2 - side / 2, 0), height - side))
    square = picture[top : top + side, left : left + side]
    return cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def write(archive: zipfile.ZipFile, mistakes: list[Mistake], about: dict[str, object], out: Path) -> None:
    """Writes the pictures of the surest mistakes, and the list."""
    out.mkdir(parents=True, exist_ok=True)
    examples = []
    for number, one in enumerate(mistakes[:MOST], 1):
        picture = cv2.imdecode(np.frombuffer(archive.read(one.name), np.uint8), cv2.IMREAD_COLOR)
        file = out / f"{number}.webp"
        options = [cv2.IMWRITE_WEBP_QUALITY, QUALITY]
        file.write_bytes(cv2.imencode(".webp", cut(picture, one.box), options)[1].tobytes())
        facts = {
            name: value for name, value in asdict(one).items() if name in ("shows", "said", "confidence")
        }
        examples.append({"file": file.name, **facts})
    (out / "wrong.json").write_text(json.dumps({**about, "examples": examples}, indent=1) + "\n")


def main(model_dir: Path, london: Path, out: Path) -> None:
    """Reads the set, prints its mistakes, and writes the surest."""
    model = json.loads((model_dir / "card.json").read_text())["name"]
    with zipfile.ZipFile(LONDON.find(london)) as archive, Reader(model_dir) as reader:
        readings = list(read_set(archive, reader))
        found = (mistake(*reading) for reading in readings)
        mistakes = sorted((one for one in found if one), key=lambda one: -one.confidence)
        about = {"model": model, "num_pictures": len(readings), "num_wrong": len(mistakes)}
        for one in mistakes:
            print(f"{one.confidence:6.1%}  {one.said:9} instead of {one.shows:9} {one.name}")
        print(f"{model}: {len(mistakes)} of {len(readings)} pictures are wrong")
        write(archive, mistakes, about, out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model_dir", nargs="?", type=Path, default=MODEL, metavar="MODEL_DIR")
    LONDON.add_option(parser)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    main(options.model_dir, options.london, options.out)
