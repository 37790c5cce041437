"""A camera whose picture a test changes at will, and the samples' people: neutral, then smiling slightly."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from playwright.sync_api import Page

from tests.support.browser.videos import HEIGHT, WIDTH, canvas, place

SIDE = 460
SCRIPT = """(pictures) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: WIDTH, height: HEIGHT});
  const context = canvas.getContext("2d");
  let image = null;
  window.showPicture = async (name) => {
    const next = new Image();
    next.src = pictures[name];
    await next.decode();
    image = next;
  };
  setInterval(() => {
    if (!image) return;
    context.drawImage(image, 0, 0);
    context.fillRect(Math.random() * 4, 0, 1, 1); // a picture that never changes is never sent
  }, 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
}"""


def picture_of(bgr: np.ndarray) -> np.ndarray:
    """Returns a square portrait in front of the camera."""
    return place(cv2.resize(bgr, (SIDE, SIDE), interpolation=cv2.INTER_AREA), 90, 10, canvas())


def install(page: Page, pictures: dict[str, np.ndarray]) -> None:
    """Gives the page's next documents a camera; `show` says which picture is in front of it.

    Args:
        page: Before it goes to an address.
        pictures: uint8 BGR `(480, 640, 3)` by name; the first is shown at the beginning.
    """
    urls = {
        name: "data:image/jpeg;base64," + base64.b64encode(cv2.imencode(".jpg", one)[1].tobytes()).decode()
        for name, one in pictures.items()
    }
    script = SCRIPT.replace("WIDTH", str(WIDTH)).replace("HEIGHT", str(HEIGHT))
    first = next(iter(pictures))
    page.add_init_script(f"({script})({urls!r}); window.showPicture({first!r});")


def show(page: Page, name: str) -> None:
    """Puts another picture in front of the camera."""
    page.evaluate("name => window.showPicture(name)", name)
