"""How FER2013's images frame their faces, which a crop must imitate; prints a Markdown table.

    python -m benchmarks.training.faces [--data ../shared/data/fer2013.tar.gz]

A thousand training images are enlarged, placed on a grey canvas and given to our detector. All values are medians, as
shares of the image's side.
"""

from __future__ import annotations

import argparse
import math

import cv2
import numpy as np

from benchmarks.common.data import FER2013
from training.data import read_fer2013
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.detection.face import Face

NUM_IMAGES = 1000
IMAGE_PX, CANVAS_PX = 240, 480
MID_GREY = 127


def show(image: np.ndarray) -> np.ndarray:
    """Returns an image `(48, 48, 1)`, enlarged, in the middle of a uint8 RGB canvas."""
    canvas = np.full((CANVAS_PX, CANVAS_PX, 3), MID_GREY, np.uint8)
    start = (CANVAS_PX - IMAGE_PX) // 2
    large = cv2.resize(image[..., 0], (IMAGE_PX, IMAGE_PX), interpolation=cv2.INTER_CUBIC)
    canvas[start : start + IMAGE_PX, start : start + IMAGE_PX] = large[..., np.newaxis]
    return canvas


def place_in_image(face: Face) -> tuple[float, ...]:
    """Returns x, y and side of the box, then x, y of the eyes' midpoint and their distance, in image sides."""
    if face.eyes is None:
        raise ValueError(f"`face` must have eyes. Received: {face}")
    start = (CANVAS_PX - IMAGE_PX) / 2
    (right_x, right_y), (left_x, left_y) = face.eyes
    center_x, center_y = face.box.center
    pixels = [center_x - start, center_y - start, face.box.w]
    pixels += [(right_x + left_x) / 2 - start, (right_y + left_y) / 2 - start]
    pixels += [math.hypot(left_x - right_x, left_y - right_y)]
    return tuple(value / IMAGE_PX for value in pixels)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    FER2013.add_option(parser)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    images = read_fer2013(FER2013.find(options.data))["Training"].images
    detector = BlazeFaceDetector()
    found = [detector.detect(show(image)) for image in images[:: len(images) // NUM_IMAGES][:NUM_IMAGES]]
    places = np.array([place_in_image(faces[0]) for faces in found if faces])
    x, y, side, eyes_x, eyes_y, distance = np.median(places, axis=0)
    print(f"{len(places)} faces found in {NUM_IMAGES} images of Training.\n")
    print("| what | share of the image's side |")
    print("|---|---|")
    print(f"| box: centre x, y | {x:.3f}, {y:.3f} |")
    print(f"| box: side | {side:.3f} |")
    print(f"| eyes: middle x, y | {eyes_x:.3f}, {eyes_y:.3f} |")
    print(f"| eyes: distance | {distance:.3f} |")
    print(
        f"\nThe image as a crop: `square` with margin {(1 / side - 1) / 2:.3f} and rise {(y - 0.5) / side:.3f};"
    )
    print(f"`eyes` with side {1 / distance:.2f} and drop {(0.5 - eyes_y) / distance:.2f} eye distances.")


if __name__ == "__main__":
    main()
