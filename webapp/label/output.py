"""Results of photos and clips for people and programs: table, CSV, JSON, pictures with boxes."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageDraw, ImageFont

from webapp.inference import LABELS
from webapp.recognition.photo_decoding import DecodedImage

BOX_COLOUR, TEXT_COLOUR = (79, 196, 182), (6, 32, 29)
MOST_CERTAIN = 99
"""Percent; a model is never certain, and "100 %" would say so."""
MENTIONED = 0.05
"""Share from which an expression is named in the line of a whole clip."""
COLUMNS = (
    "name",
    "width",
    "height",
    "turned",
    "hints",
    "t_s",
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
    """Writes one row per face; a photo, or a clip's picture, without one has a row too."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow([*COLUMNS, *LABELS, "error"])
    for result in results:
        file = [
            result["name"],
            result["width"],
            result["height"],
            result.get("turned", ""),
            " ".join(result["hints"]),
        ]
        error = result["error"]["code"] if result.get("error") else ""
        if result.get("samples"):
            for sample in result["samples"]:
                _write_faces(rows, [*file, sample["t_s"]], sample["faces"], error)
        else:
            _write_faces(rows, [*file, ""], result.get("faces", []), error)


def _write_faces(rows: Any, picture: list[Any], faces: list[Mapping[str, Any]], error: str) -> None:
    for number, face in enumerate(faces, 1):
        seen = [number, *face["box"], face["label"], face["confidence"], face["state"]]
        rows.writerow([*picture, *seen, *(face["probs"][label] for label in LABELS), error])
    if not faces:
        rows.writerow([*picture, *[""] * (len(COLUMNS) - len(picture) + len(LABELS)), error])


def as_line(result: Mapping[str, Any]) -> str:
    """Returns a result as a line for people; a clip has further lines, one per picture."""
    if result.get("error"):
        said = f"failed: {result['error']['message']}"
    elif "samples" in result:
        said = _timeline(result)
    else:
        turned = f" (turned by {result['turned']}°)" if result["turned"] else ""
        said = f"{_faces(result['faces'])}{turned}"
    return f"{result['name']}  {said}"


def _faces(faces: list[Mapping[str, Any]]) -> str:
    return ", ".join(_words(face) for face in faces) or "no face"


def _timeline(clip: Mapping[str, Any]) -> str:
    shares = sorted((clip["shares"] or {}).items(), key=lambda one: -one[1])
    most = ", ".join(f"{label} {100 * share:.0f} %" for label, share in shares if share >= MENTIONED)
    cut = ", cut short" if "cut_short" in clip["hints"] else ""
    head = f"{clip['duration_s']:.1f} s{cut}, {len(clip['samples'])} pictures: {most or 'no face'}"
    return "\n".join([head, *(f"  {clock(one['t_s'])}  {_faces(one['faces'])}" for one in clip["samples"])])


def clock(t_s: float) -> str:
    """Returns seconds as minutes and seconds: `1:02.5`."""
    tenths = round(10 * t_s)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def write_boxes(result: Mapping[str, Any], picture: DecodedImage, path: Path) -> None:
    """Saves a copy of a photo with its boxes, at most 2048 pixels a side."""
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
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=90)


def _words(face: Mapping[str, Any]) -> str:
    doubt = "?" if face["state"] == "unsure" else ""
    share = round(100 * face["confidence"])
    slightly = "slightly " if face.get("slight") else ""
    return f"{slightly}{face['label']}{doubt} {'> 99' if share > MOST_CERTAIN else share} %"
