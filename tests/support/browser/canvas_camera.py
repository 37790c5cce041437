"""A camera for browsers without a fake one: a canvas that shows a picture takes the place of what the page asks for."""

from __future__ import annotations

import base64

import cv2
import numpy as np

SCRIPT = """const bytes = Uint8Array.from(atob("PICTURE"), (letter) => letter.charCodeAt(0));
if (window.MediaDevices) window.MediaDevices.prototype.getUserMedia = async () => {
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const brush = canvas.getContext("2d");
  let shift = 0;
  window.setInterval(() => brush.drawImage(picture, (shift = (shift + 1) % 3), 0), 50);
  return canvas.captureStream();
};"""


def camera_of(picture: np.ndarray) -> str:
    """Returns a script that gives the page a camera, held by a hand that is not quite still.

    Args:
        picture: uint8 `(height, width, 3)`, BGR, what the camera sees.
    """
    return SCRIPT.replace("PICTURE", base64.b64encode(cv2.imencode(".jpg", picture)[1].tobytes()).decode())
