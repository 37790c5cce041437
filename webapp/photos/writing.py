"""Results of photos for people and programs: table, CSV, JSON, pictures with boxes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import IO, Any

from PIL import Image, ImageDraw, ImageFont

from webapp.inference import LABELS
from webapp.photos.decoding import Picture

BOX_COLOUR, TEXT_COLOUR = (79, 196, 182), (6, 32, 29)
COLUMNS = (
    "name",
    "width",
    "height",
    "turned",
    "hints",
    "face",
    "x",
    "y",
    "w",
    "h",
    "label",
    "confidence",
    "state",
)


def write_json(results: Iterable[Mapping[str, Any]], out: IO[str]) -> None:
    """Writes `{results: [...]}` as the HTTP API has it."""
    json.dump({"results": list(results)}, out, ensure_ascii=False, indent=1)
    out.write("\n")


def write_csv(results: Iterable[Mapping[str, Any]], out: IO[str]) -> None:
    """Writes one row per face; a photo without one has a row too."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([*COLUMNS, *LABELS, "error"])
    for result in results:
        photo = [
            result["name"],
            result["width"],
            result["height"],
            result["turned"],
            " ".join(result["hints"]),
        ]
        error = result["error"]["code"] if result.get("error") else ""
        for number, face in enumerate(result["faces"], 1):
            seen = [number, *face["box"], face["label"], face["confidence"], face["state"]]
            rows.writerow([*photo, *seen, *(face["probs"][label] for label in LABELS), error])
        if not result["faces"]:
            rows.writerow([*photo, *[""] * (len(COLUMNS) - len(photo) + len(LABELS)), error])


def as_line(result: Mapping[str, Any]) -> str:
    """Returns a result as a line for people."""
    if result.get("error"):
        said = f"failed: {result['error']['message']}"
    elif not result["faces"]:
        said = "no face"
    else:
        said = ", ".join(_words(face) for face in result["faces"])
    return f"{result['name']}  {said}"


def write_boxes(result: Mapping[str, Any], picture: Picture, folder: Path) -> None:
    """Saves a copy of a photo with its boxes as `<folder>/<name>.boxes.jpg`, at most 2048 pixels a side."""
    image = Image.fromarray(picture.rgb)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(12, max(image.size) // 40))
    for face in result["faces"]:
        x, y, w, h = (share * side for share, side in zip(face["box"], image.size * 2, strict=True))
        draw.rectangle((x, y, x + w, y + h), outline=BOX_COLOUR, width=max(2, max(image.size) // 250))
        left, top, right, bottom = draw.textbbox((x, y), _words(face), font=font)
        above = (bottom - y) * 1.2 if y >= bottom - y else 0
        draw.rectangle((left, top - above, right + 4, bottom + 2 - above), fill=BOX_COLOUR)
        draw.text((x + 2, y - above), _words(face), font=font, fill=TEXT_COLOUR)
    # A member of an archive may be called `../../x`: nothing is written outside the folder.
    parts = [part.replace(":", "_").replace("\\", "_") for part in PurePath(result["name"]).parts]
    path = folder.joinpath(*(part for part in parts if part not in ("..", "/")))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path.with_name(f"{path.name}.boxes.jpg"), quality=90)


def _words(face: Mapping[str, Any]) -> str:
    doubt = "?" if face["state"] == "unsure" else ""
    return f"{face['label']}{doubt} {100 * face['confidence']:.0f} %"
