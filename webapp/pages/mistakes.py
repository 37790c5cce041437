"""Pictures that a model got wrong, for its page: `python -m benchmarks.recognition.mistakes` makes them."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("samples") / "wrong"
"""Place of the pictures and their list in the folder of static files."""


@dataclass(frozen=True)
class Example:
    """One picture.

    Attributes:
        file: Path of the picture in the folder of static files.
        shows: Expression that it shows.
        said: Expression that the model named.
        confidence: Probability that it gave, 0..1.
    """

    file: str
    shows: str
    said: str
    confidence: float


@dataclass(frozen=True)
class Mistakes:
    """What a model got wrong on a set of pictures that may be shown.

    Attributes:
        num_pictures: Pictures of the set.
        num_wrong: Pictures that it named wrong.
        examples: Some of these, the surest first.
    """

    num_pictures: int
    num_wrong: int
    examples: tuple[Example, ...]


def read_mistakes(static: Path, models: Container[str]) -> Mistakes | None:
    """Returns the mistakes of a model; `None` for a model whose mistakes nobody has written down.

    Args:
        static: Folder of static files.
        models: Name of the model, and of the one that it was quantized from.
    """
    path = static / FOLDER / "wrong.json"
    if not path.is_file():
        return None
    content = json.loads(path.read_text())
    if content["model"] not in models:
        return None
    examples = (
        Example((FOLDER / one["file"]).as_posix(), one["shows"], one["said"], one["confidence"])
        for one in content["examples"]
    )
    return Mistakes(content["num_pictures"], content["num_wrong"], tuple(examples))
