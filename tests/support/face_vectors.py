"""What the server computes from some pictures, for the browser's twin of it: `python -m tests.support.face_vectors`.

The pictures are made by a formula that both languages know, so the file holds only answers. A test checks that it is up
to date.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, astuple
from typing import Any

import cv2
import numpy as np

from tests.support.servers import ROOT
from webapp.core.geometry import Box
from webapp.inference.card import CropRule
from webapp.recognition.change import frame_cells, has_moved
from webapp.recognition.crop import cut_faces, face_square, find_hints
from webapp.recognition.detection.blazeface import decode, fit_into_input, make_anchors, merge
from webapp.recognition.detection.face import Face

PATH = ROOT / "tests" / "js" / "camera" / "face_finder" / "vectors.json"

Region = tuple[int, int, int, int]
"""Left, top, width and height of a part of a picture, in pixels."""

WIDTH, HEIGHT = 120, 90
WHOLE = (0, 0, WIDTH, HEIGHT)
REGION = (17, 5, 60, 70)
RESIZES = (
    (WHOLE, (50, 37)), (WHOLE, (60, 45)), (WHOLE, (30, 30)), (REGION, (24, 28)), ((3, 4, 30, 20), (48, 32)),
    ((60, 50, 9, 7), (31, 20)), ((60, 50, 20, 20), (20, 20)),
)  # fmt: skip
RULES = {
    "square": CropRule(),
    "wide": CropRule(margin=0.2, rise=0.1),
    "aligned": CropRule(margin=0.1, align=True, rise=0.05),
    "eyes": CropRule(shape="eyes", margin=-0.05, align=True),
}
FACES = (
    Face(Box(30.2, 20.7, 50.5, 48.1), 0.9, ((44.3, 35.2), (66.9, 38.4))),
    Face(Box(-12.0, 60.5, 40.0, 44.4), 0.8, ((-2.0, 75.0), (14.5, 71.0))),
    Face(Box(90.0, 10.0, 24.6, 24.6), 0.7, ((97.0, 18.0), (108.0, 18.0))),
    Face(Box(-60.0, -70.0, 300.0, 300.0), 0.7, ((40.0, 30.0), (130.0, 60.0))),
)


def picture(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Returns waves with hard edges, RGB: `(5 x + 3 y + 60 c + floor(x y / (7 + c))) mod 256`."""
    y, x, c = np.indices((height, width, 3))
    return ((5 * x + 3 * y + 60 * c + x * y // (7 + c)) % 256).astype(np.uint8)


def vectors() -> dict[str, Any]:
    """Returns the answers, as JSON has them."""
    rgb = picture()
    return {
        "grey": {"region": REGION, "pixels": _bytes(cv2.cvtColor(_part(rgb, REGION), cv2.COLOR_RGB2GRAY))},
        "resizes": [
            {"region": region, "size": size, "pixels": _bytes(_resize(_part(rgb, region), size))}
            for region, size in RESIZES
        ],
        "faces": [[*astuple(face.box), face.score, *face.eyes[0], *face.eyes[1]] for face in FACES],
        "rules": {name: {**asdict(rule), "size": 48} for name, rule in RULES.items()},
        "crops": {name: _bytes(cut_faces(rgb, FACES, rule)) for name, rule in RULES.items()},
        "squares": {
            name: [[s.x, s.y, s.side, s.angle] for s in (face_square(face, rule) for face in FACES)]
            for name, rule in RULES.items()
        },
        "cells": frame_cells(rgb).astype(float).reshape(-1).tolist(),
        "moves": _moves(),
        "hints": {
            "picture": find_hints(float(frame_cells(rgb).mean()) / 255, [FACES[0].box]),
            "dark, small": find_hints(float(frame_cells(rgb // 8).mean()) / 255, [FACES[2].box]),
            "no face": find_hints(float(frame_cells(rgb).mean()) / 255, []),
        },
        "inputs": [_input(rgb, region, side) for region, side in ((WHOLE, 80), (REGION, 128))],
        "anchors": {"256 x 192": _anchors(256, 192), "128 x 128": _anchors(128, 128)},
        "merges": _merges(),
    }


def _part(rgb: np.ndarray, region: Region) -> np.ndarray:
    left, top, width, height = region
    return np.ascontiguousarray(rgb[top : top + height, left : left + width])


def _bytes(pixels: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def _resize(rgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = size[0] < rgb.shape[1] or size[1] < rgb.shape[0]
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _input(rgb: np.ndarray, region: Region, side: int) -> dict[str, Any]:
    canvas, scale, corner = fit_into_input(_part(rgb, region), side)
    return {
        "region": region,
        "side": side,
        "size": [canvas.shape[1], canvas.shape[0]],
        "scale": scale.tolist(),
        "corner": corner.tolist(),
        "rows": canvas.astype(int).sum(axis=(1, 2)).tolist(),
        "columns": canvas.astype(int).sum(axis=(0, 2)).tolist(),
    }


def _anchors(width: int, height: int) -> dict[str, Any]:
    anchors = make_anchors(height, width)
    return {"num": len(anchors), "some": anchors[:: len(anchors) // 24].tolist()}


def _merges() -> dict[str, Any]:
    """Returns candidates among twelve anchors, most of them near two faces, and the faces that they are merged into."""
    random = np.random.default_rng(3)
    logits = np.array([2, 3, -1, 0.5, 4, 1.5, 0.7, 1.2, -9, 2.2, 0.61, 0.62], np.float32)
    anchors = make_anchors(128, 128)[:12]
    offsets = np.tile(np.array([20, 30, 40, 42, 10, 20, 30, 20, *8 * [0]], np.float32), (12, 1))
    offsets[6:9, :2] += 90
    offsets[9, 2:4] = [8, 8]  # a mouth inside a face
    offsets[10, 2] = -4  # no box at all
    offsets += random.normal(0, 2, offsets.shape).astype(np.float32)
    faces = merge(*decode(logits, offsets, anchors, 0.65))
    return {
        "logits": logits.tolist(),
        "offsets": offsets.reshape(-1).tolist(),
        "anchors": anchors.reshape(-1).tolist(),
        "min_score": 0.65,
        "faces": [{"points": points[:4].reshape(-1).tolist(), "score": score} for points, score in faces],
    }


def _moves() -> list[dict[str, Any]]:
    """Returns changes of single cells, with the known faces and whether they count as movement."""
    size = (640, 480)
    moves = []
    for boxes in ([], [Box(250, 150, 120, 130)], [Box(20, 100, 90, 90), Box(400, 200, 60, 70)]):
        for row, column, change in ((0, 0, 7), (3, 4, 7), (2, 7, 7), (2, 7, 5), (1, 0, -9), (5, 3, 20)):
            now = np.full((6, 8), 103.0)
            now[row, column] += change
            moved = has_moved(np.full((6, 8), 100.0), now, boxes, size)
            boxes_ = [list(astuple(box)) for box in boxes]
            moves.append({"boxes": boxes_, "cell": 8 * row + column, "change": change, "moved": moved})
    return moves


def as_json() -> str:
    """Returns the file's content."""
    return json.dumps(vectors(), default=list) + "\n"


if __name__ == "__main__":
    PATH.write_text(as_json())
