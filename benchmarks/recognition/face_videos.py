"""Short videos of faces in front of a camera, made at run time: still faces that sway, and changes of expression.

Faces come from CK+48 (posed, 48 x 48, several expressions of each subject) and from scikit-image's astronaut. A video
is 640 x 480: the face sways, turns and comes nearer a little, the light wavers, the sensor is noisy, and every frame
is a JPEG.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import portrait
from training.data import LABELS
from training.data.ckplus import LABEL_OF_FOLDER

FPS = 15
STILL_S = 6.0
CHANGE_S = 3.0
WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True)
class FaceVideo:
    """One video, not yet drawn.

    Attributes:
        name: Name for tables.
        subject: Number of the subject: the halves for tuning and for held-out figures share none.
        images: Faces in front of the camera, one after the other, uint8 BGR `(side, side, 3)`.
        labels: The data set's labels of the images; empty where it has none.
        part_s: Seconds for which each image is shown.
        seed: Seed of sway, light and noise.
        fade_s: Seconds that a change of expression takes; 0 for a cut.
    """

    name: str
    subject: int
    images: tuple[np.ndarray, ...]
    labels: tuple[str, ...]
    part_s: float
    seed: int
    fade_s: float = 0.0

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return round(len(self.images) * self.part_s * FPS)

    def frames(self) -> Iterator[tuple[float, bytes]]:
        """Yields the time in seconds and the JPEG of each frame."""
        random = np.random.default_rng(self.seed)
        background = cv2.resize(random.integers(50, 150, (24, 32, 3), dtype=np.uint8), (WIDTH, HEIGHT))
        face_px = random.uniform(230, 310)
        noise = [random.normal(0, 5, (HEIGHT, WIDTH, 3)).astype(np.float32) for _ in range(4)]
        sway = np.zeros(5)  # x, y in pixels; scale and light as shares; turn in degrees
        spread = np.array([5.0, 4.0, 0.02, 0.05, 1.5])
        for number in range(self.num_frames):
            sway = sway * 0.94 + random.normal(0, 1, 5) * spread * np.sqrt(1 - 0.94**2)
            image = self.face_at(number / FPS)
            moved = np.roll(noise[number % 4], tuple(random.integers(0, HEIGHT, 2)), axis=(0, 1))
            yield number / FPS, _encode(_draw(image, background, face_px, sway) + moved)

    def face_at(self, at_s: float) -> np.ndarray:
        """Returns the face in front of the camera at a time, uint8 BGR `(side, side, 3)`."""
        part = int(at_s / self.part_s)
        into_s = at_s - part * self.part_s
        if part == 0 or into_s >= self.fade_s:
            return self.images[part]
        share = into_s / self.fade_s
        return cv2.addWeighted(self.images[part - 1], 1 - share, self.images[part], share, 0)


def _draw(image: np.ndarray, background: np.ndarray, face_px: float, sway: np.ndarray) -> np.ndarray:
    scale = face_px / len(image) * (1 + sway[2])
    centre = (len(image) - 1) / 2
    matrix = cv2.getRotationMatrix2D((centre, centre), sway[4], scale)
    matrix[:, 2] += np.array([WIDTH / 2 + sway[0], HEIGHT / 2 + sway[1]]) - centre
    frame = cv2.warpAffine(
        image, matrix, (WIDTH, HEIGHT), background.copy(), cv2.INTER_CUBIC, cv2.BORDER_TRANSPARENT
    )
    return frame.astype(np.float32) * np.float32(1 + sway[3])


def _encode(frame: np.ndarray) -> bytes:
    pixels = np.clip(frame, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def portrait_videos(count: int = 4) -> list[FaceVideo]:
    """Returns stills of scikit-image's astronaut, whose helmet a detector takes for a second face now and then."""
    small = portrait(460, enlarge=True)
    large = cv2.resize(small, (720, 720))  # the face as large as in the other videos
    return [
        FaceVideo("portrait", i, (small if i % 2 else large,), (), STILL_S, 1000 + i) for i in range(count)
    ]


def ckplus_videos(
    archive: Path, *, num_stills: int, num_changes: int
) -> tuple[list[FaceVideo], list[FaceVideo]]:
    """Returns stills, equally many of each expression, and changes from one expression of a subject to another.

    Args:
        archive: Path of `CK+48.zip`.
        num_stills: Number of stills.
        num_changes: Number of changes.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    subjects = _read_subjects(archive)
    random = np.random.default_rng(0)
    by_label = defaultdict(list)
    pairs = []
    for subject, faces in subjects.items():
        for label, face in faces.items():
            by_label[label].append((subject, face))
        pairs += [(subject, a, b) for a in faces for b in faces if a != b]
    stills = []
    labels = sorted(by_label)
    for number in range(num_stills):
        label = labels[number % len(labels)]
        subject, face = by_label[label][int(random.integers(len(by_label[label])))]
        stills.append(FaceVideo(f"still {label}", subject, (face,), (label,), STILL_S, number))
    changes = []
    for number in random.permutation(len(pairs))[:num_changes]:
        subject, a, b = pairs[number]
        faces = subjects[subject][a], subjects[subject][b]
        changes.append(FaceVideo(f"{a} to {b}", subject, faces, (a, b), CHANGE_S, 500 + int(number)))
    return stills, changes


def _read_subjects(archive: Path) -> dict[int, dict[str, np.ndarray]]:
    """Returns the last, strongest image of each subject's expressions: `{subject: {label: BGR}}`."""
    subjects: dict[int, dict[str, np.ndarray]] = defaultdict(dict)
    with zipfile.ZipFile(archive) as files:
        for name in sorted(files.namelist()):
            match = re.fullmatch(r"CK\+48/(\w+)/S(\d+)_\d+_\d+\.png", name)
            if match and LABEL_OF_FOLDER.get(match[1]) in LABELS:
                image = cv2.imdecode(np.frombuffer(files.read(name), np.uint8), cv2.IMREAD_COLOR)
                subjects[int(match[2])][LABEL_OF_FOLDER[match[1]]] = image
    return subjects
