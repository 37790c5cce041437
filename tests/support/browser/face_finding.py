"""The page's own finding and cutting of faces, in a page that is open, for pictures that are given."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import cv2
import numpy as np
from playwright.sync_api import Page

from webapp.inference.card import CropRule

OPEN = """async () => {
  const script = document.querySelector('script[type=module]').src;
  const { createFaceFinder } = await import(new URL("camera/face_finder/client.js", script).href);
  window.faceFinder = createFaceFinder();
  await faceFinder.prepare();
}"""

FIND = """async ({ picture, size, question }) => {
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(new Blob([bytes]), exact);
  const started = performance.now();
  const { boxes, crops, hints } = await faceFinder.find(bitmap, size, question);
  const ms = performance.now() - started;
  return { boxes, hints, ms, crops: btoa(String.fromCharCode(...crops)) };
}"""


@dataclass(frozen=True)
class Found:
    """What the browser found in a picture.

    Attributes:
        boxes: `(x, y, w, h)` of each face as shares of the picture, largest first.
        crops: uint8 `(len(boxes), 48, 48, 1)`.
        hints: Reasons why a label may be poor or missing.
        ms: Time from the question to the answer, in milliseconds.
    """

    boxes: tuple[tuple[float, ...], ...]
    crops: np.ndarray
    hints: tuple[str, ...]
    ms: float


class BrowserFinder:
    """Asks the page's worker for faces, as the page does, but for pictures of the caller.

    Args:
        page: Page of the app, with any module script of its own.
        rule: Crop rule of the model's card.
        detect_threshold: Score, 0..1, from which something is a face.
    """

    def __init__(self, page: Page, rule: CropRule, *, detect_threshold: float = 0.65) -> None:
        self._page = page
        self._rule = {
            "crop": {**asdict(rule), "size": 48},
            "detectThreshold": detect_threshold,
            "maxFaces": 16,
        }

    def open(self) -> None:
        """Begins with a new worker, which knows no faces."""
        self._page.evaluate(OPEN)

    def find(self, rgb: np.ndarray, *, num_shown: int, at_s: float, max_side: int = 384) -> Found:
        """Returns the faces of the next picture of a film.

        Args:
            rgb: uint8 `(height, width, 3)`.
            num_shown: Number of faces in the server's last acknowledgement.
            at_s: Time of the picture in seconds.
            max_side: Longer side in pixels at which it is searched.
        """
        picture = cv2.imencode(".png", rgb[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        answer = self._page.evaluate(
            FIND,
            {
                "picture": base64.b64encode(picture).decode(),
                "size": {"width": rgb.shape[1], "height": rgb.shape[0]},
                "question": {
                    "rule": self._rule,
                    "maxSide": max_side,
                    "numShown": num_shown,
                    "now": 1000 * at_s,
                },
            },
        )
        crops = np.frombuffer(base64.b64decode(answer["crops"]), np.uint8).reshape(-1, 48, 48, 1)
        return Found(tuple(map(tuple, answer["boxes"])), crops, tuple(answer["hints"]), answer["ms"])


def largest_gap(boxes: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> float:
    """Returns the largest difference of one number of two lists of boxes; infinite if their lengths differ."""
    if len(boxes) != len(others):
        return float("inf")
    return float(np.max(np.abs(np.array(boxes) - np.array(others)), initial=0))
