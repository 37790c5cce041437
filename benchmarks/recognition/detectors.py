"""Compares face detectors on photos, on small faces and on scenes without a face; prints a Markdown table.

    python -m benchmarks.recognition.detectors [--photos ../shared/data/photos-dev.zip] [--every 1] [--only TEXT]

Columns: photos in which any face is found, for tight portraits and for the harder rest; portraits with more
than one box; faces of a given width found in a 640 x 480 scene; the smaller of two faces found; boxes per 100
scenes without a face; milliseconds a 640 x 480 frame on one thread, with a face and without.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.common.data import PHOTOS, sample_image
from benchmarks.recognition.photos import Photo, read_photos
from webapp.core.geometry import Box, iou
from webapp.recognition.detection.blazeface import BlazeFaceDetector, Passes
from webapp.recognition.detection.face import Face, FaceDetector

FACE_SIZES_PX = (48, 64, 96, 128, 200, 300, 400)
SCENE_WIDTH, SCENE_HEIGHT = 640, 480
HIT_IOU = 0.4
PAIR_SIZES_PX = (160, 80)
NUM_SMALL_FACES = 60
NUM_TIMINGS = 40
NEVER = 1.1


class HaarDetector:
    """OpenCV's cascade with its usual settings: for comparison only."""

    def __init__(self, name: str, min_neighbors: int, min_size_px: int = 30) -> None:
        folder = cv2.data.haarcascades  # type: ignore[attr-defined]
        self._cascade = cv2.CascadeClassifier(f"{folder}{name}.xml")
        self._min_neighbors, self._min_size_px = min_neighbors, min_size_px

    def detect(self, rgb: np.ndarray) -> list[Face]:
        """See `FaceDetector.detect`; a cascade has no score and no eyes."""
        size = (self._min_size_px, self._min_size_px)
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        boxes = self._cascade.detectMultiScale(grey, 1.1, self._min_neighbors, minSize=size)
        faces = [Face(Box(*map(float, box)), 1.0) for box in boxes]
        return sorted(faces, key=lambda face: -face.box.area)


def make_detectors() -> dict[str, Callable[[], FaceDetector]]:
    """Returns the detectors that are compared, by their name in the table."""

    def blaze(*sides: int, certain: float = 0.7, score: float = 0.65) -> Callable[[], FaceDetector]:
        return lambda: BlazeFaceDetector(passes=Passes(sides, certain, score))

    return {
        "BlazeFace 128, score 0.5": blaze(128, score=0.5),
        "BlazeFace 128": blaze(128),
        "192": blaze(192),
        "256": blaze(256),
        "256, 80": blaze(256, 80),
        "**256, 80, 384**": blaze(256, 80, 384),
        "256, 80, 384, score 0.5": blaze(256, 80, 384, score=0.5),
        "256, 80, 384, score 0.6": blaze(256, 80, 384, score=0.6),
        "256, 80, 384, score 0.7": blaze(256, 80, 384, score=0.7),
        "256, 80, 384 always": blaze(256, 80, 384, certain=NEVER),
        "256, 80, 512": blaze(256, 80, 512),
        "192, 80, 384": blaze(192, 80, 384),
        "128, 80, 384": blaze(128, 80, 384),
        "Haar default 1.1/5": lambda: HaarDetector("haarcascade_frontalface_default", 5),
        "Haar alt2 1.1/3, from 60 px": lambda: HaarDetector("haarcascade_frontalface_alt2", 3, 60),
    }


Located = list[tuple[Photo, Box]]


@dataclass(frozen=True)
class Scene:
    """A 640 x 480 image with one face, and the place of that face."""

    rgb: np.ndarray
    face: Box


def empty_scenes() -> list[np.ndarray]:
    """Returns uint8 640 x 480 images without a human face: scikit-image's, plain and mirrored."""
    names = (
        "coffee",
        "rocket",
        "brick",
        "grass",
        "gravel",
        "coins",
        "page",
        "text",
        "clock",
        "moon",
        "chelsea",
    )
    scenes = []
    for name in names:
        image = sample_image(name)
        rgb = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image[..., :3]
        scene = cv2.resize(
            np.ascontiguousarray(rgb), (SCENE_WIDTH, SCENE_HEIGHT), interpolation=cv2.INTER_AREA
        )
        scenes += [scene, np.ascontiguousarray(scene[:, ::-1])]
    return scenes


def locate(photos: Sequence[Photo]) -> Located:
    """Returns portraits whose face a cascade and BlazeFace agree on, with the mean of both boxes: no detector's own."""
    haar, blaze = HaarDetector("haarcascade_frontalface_alt2", 3, 60), BlazeFaceDetector()
    found = []
    for photo in photos:
        first, second = haar.detect(photo.rgb), blaze.detect(photo.rgb)
        if photo.is_portrait and len(first) == len(second) == 1 and iou(first[0].box, second[0].box) > 0.5:
            a, b = first[0].box, second[0].box
            found.append((photo, Box((a.x + b.x) / 2, (a.y + b.y) / 2, (a.w + b.w) / 2, (a.h + b.h) / 2)))
    return found


def compose(photo: Photo, box: Box, size_px: int, scene: np.ndarray, rng: np.random.Generator) -> Scene:
    """Pastes a portrait into a scene so that its face is `size_px` wide and wholly visible, somewhere."""
    height, width = scene.shape[:2]
    scale = size_px / box.w
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(photo.rgb, None, fx=scale, fy=scale, interpolation=interpolation)
    face = Box(box.x * scale, box.y * scale, box.w * scale, box.h * scale)
    x = round(rng.uniform(-face.x, width - face.x - face.w))
    y = round(rng.uniform(-face.y, max(height - face.y - face.h, 1 - face.y)))
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + small.shape[1], width), min(y + small.shape[0], height)
    rgb = scene.copy()
    rgb[top:bottom, left:right] = small[top - y : bottom - y, left - x : right - x]
    return Scene(rgb, Box(face.x + x, face.y + y, face.w, face.h))


def make_small_faces(chosen: Located) -> dict[int, list[Scene]]:
    """Returns scenes by the width of their face; the same ones at every call."""
    rng = np.random.default_rng(0)
    scenes = empty_scenes()[::2]
    return {
        size: [
            compose(photo, box, size, scenes[i % len(scenes)], rng) for i, (photo, box) in enumerate(chosen)
        ]
        for size in FACE_SIZES_PX
    }


def make_pairs(chosen: Located) -> list[Scene]:
    """Returns scenes with a large face on the left and a small one on the right; `face` is the small one."""
    rng = np.random.default_rng(1)
    half = SCENE_WIDTH // 2
    scenes, pairs = empty_scenes()[::2], []
    for index, (photo, box) in enumerate(chosen):
        background, (other, other_box) = scenes[index % len(scenes)], chosen[index - 1]
        near = compose(other, other_box, PAIR_SIZES_PX[0], background[:, :half], rng)
        far = compose(photo, box, PAIR_SIZES_PX[1], background[:, half:], rng)
        place = Box(far.face.x + half, far.face.y, far.face.w, far.face.h)
        pairs.append(Scene(np.hstack([near.rgb, far.rgb]), place))
    return pairs


def choose(photos: Sequence[Photo]) -> Located:
    """Returns some located portraits; the same ones at every call."""
    located = locate(photos)
    order = np.random.default_rng(0).permutation(len(located))
    return [located[i] for i in order[:NUM_SMALL_FACES]]


def share_found(detector: FaceDetector, scenes: Sequence[Scene]) -> float:
    """Returns the share of scenes, 0..1, whose face is found where it is."""
    return float(np.mean([any(iou(f.box, s.face) > HIT_IOU for f in detector.detect(s.rgb)) for s in scenes]))


def time_ms(detector: FaceDetector, frames: Sequence[np.ndarray]) -> float:
    """Returns the tenth percentile of the milliseconds of a call: the cost while nothing else disturbs it."""
    times = []
    for index in range(NUM_TIMINGS):
        started = time.perf_counter()
        detector.detect(frames[index % len(frames)])
        times.append(time.perf_counter() - started)
    return 1000 * float(np.percentile(times, 10))


def measure(
    detector: FaceDetector, photos: Sequence[Photo], small: dict[int, list[Scene]], pairs: Sequence[Scene]
) -> list[str]:
    """Returns one detector's row of the table."""
    counts: dict[bool, list[int]] = {True: [], False: []}
    for photo in photos:
        counts[photo.is_portrait].append(len(detector.detect(photo.rgb)))
    portraits, rest = np.array(counts[True]), np.array(counts[False])
    empty = empty_scenes()
    false_boxes = 100 * np.mean([len(detector.detect(scene)) for scene in empty])
    return [
        f"{100 * np.mean(portraits > 0):.1f} / {100 * np.mean(rest > 0):.1f}",
        f"{100 * np.mean(portraits > 1):.1f}",
        *(f"{share_found(detector, small[size]):.2f}" for size in FACE_SIZES_PX),
        f"{share_found(detector, pairs):.2f}",
        f"{false_boxes:.0f}",
        f"{time_ms(detector, [s.rgb for s in small[200]]):.1f} / {time_ms(detector, empty):.1f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    PHOTOS.add_option(parser)
    parser.add_argument("--every", type=int, default=1, help="use every n-th photo")
    parser.add_argument("--only", default="", help="only detectors with this text in their name")
    options = parser.parse_args()
    archive = PHOTOS.find(options.photos)
    cv2.setNumThreads(1)
    photos = list(read_photos(archive, options.every))
    chosen = choose(photos)
    small, pairs = make_small_faces(chosen), make_pairs(chosen)
    num_portraits = sum(photo.is_portrait for photo in photos)
    print(
        f"{num_portraits} portraits, {len(photos) - num_portraits} other photos, {len(chosen)} faces per size.\n"
    )
    columns = [
        "detector",
        "found, portraits / others, %",
        "2+ boxes, portraits, %",
        *(f"{size} px" for size in FACE_SIZES_PX),
        "80 px beside 160 px",
        "false boxes per 100 empty scenes",
        "ms, face / none",
    ]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for name, make in make_detectors().items():
        if options.only in name:
            print(f"| {name} | {' | '.join(measure(make(), photos, small, pairs))} |", flush=True)


if __name__ == "__main__":
    main()
