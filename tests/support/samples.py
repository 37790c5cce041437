"""Makes static/samples, what a visitor without a camera may try: `make samples LONDON=london-dev.zip`.

The faces are of the Face Research Lab London Set (DeBruine and Jones 2017, CC BY 4.0), neutral and smiling. A neutral
face becomes the same person's smiling one along its optical flow, so that a mouth moves instead of fading. What the
picture on the first page is said to show is what the app's own model reads in it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import LONDON
from countenance import Reader
from tests.support.servers import ROOT

OUT = ROOT / "static" / "samples"
LOOP_PERSON = "126"
VIDEO_PEOPLE = ("030", "105", "126", "032", "096")
PHOTO_PEOPLE = ("009", "022", "099")
GROUP_PEOPLE = ("120", "063", "139")
SIDE = 720
FPS = 12
LOOP_FPS, LOOP_SIDE, LOOP_S = 10, 448, 6
READINGS_PER_S = 5
LOOP_LABELS = ("happy", "surprise", "neutral")
LOOP_UP = 44
"""Pixels by which the face stands above the middle, so that there is room for bars below it."""
LOOP_ZOOM = 1.14
VIDEO_SIZE = (640, 480)
QUALITY = {"loop": 38, "sample": 38}


@dataclass(frozen=True)
class Person:
    """Both pictures of a person, BGR, and the optical flow from each to the other."""

    neutral: np.ndarray
    smiling: np.ndarray
    there: np.ndarray
    back: np.ndarray

    def at(self, share: float) -> np.ndarray:
        """Returns the face on its way: 0 is neutral, 1 is smiling."""
        if share in (0, 1):
            return self.smiling if share else self.neutral
        return cv2.addWeighted(
            _warp(self.neutral, self.there, share),
            1 - share,
            _warp(self.smiling, self.back, 1 - share),
            share,
            0,
        )


def load(archive: zipfile.ZipFile, name: str) -> Person:
    """Reads a person's pictures."""
    neutral, smiling = (
        cv2.imdecode(np.frombuffer(archive.read(f"london-dev/{kind}/{name}.jpg"), np.uint8), cv2.IMREAD_COLOR)
        for kind in ("neutral", "smiling")
    )
    return Person(neutral, smiling, _flow(neutral, smiling), _flow(smiling, neutral))


def _flow(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (start, end)]
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return cv2.GaussianBlur(search.calc(*grey, None), (0, 0), 4)


def _warp(picture: np.ndarray, flow: np.ndarray, share: float) -> np.ndarray:
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    return cv2.remap(
        picture,
        columns - share * flow[..., 0],
        rows - share * flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def smile_at(t_s: float, *, start_s: float, end_s: float, ramp_s: float = 0.7) -> float:
    """Returns how far a smile is, 0..1: it begins and ends softly."""
    share = min(max((t_s - start_s) / ramp_s, 0), max((end_s + ramp_s - t_s) / ramp_s, 0), 1)
    return share * share * (3 - 2 * share)


def sway(
    picture: np.ndarray, t_s: float, *, period_s: float, zoom: float = 1.06, up: float = 0
) -> np.ndarray:
    """Moves a picture as a person sits before a camera: never quite still, and after a period where it began."""
    turn = 2 * np.pi * t_s / period_s
    zoom -= 0.02 * np.cos(turn)
    move = cv2.getRotationMatrix2D((SIDE / 2, SIDE * 0.48), 1.2 * np.sin(turn), zoom)
    move[:, 2] += 6 * np.sin(turn), 3 * np.sin(2 * turn) - up
    return cv2.warpAffine(picture, move, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def loop_frames(person: Person) -> Iterator[np.ndarray]:
    """Yields the picture of the first page: neutral, a smile, neutral again, without a seam."""
    for at in range(LOOP_FPS * LOOP_S):
        t_s = at / LOOP_FPS
        face = person.at(smile_at(t_s, start_s=1.4, end_s=4.2))
        whole = sway(face, t_s, period_s=LOOP_S, zoom=LOOP_ZOOM, up=LOOP_UP)
        yield cv2.resize(whole, (LOOP_SIDE, LOOP_SIDE), interpolation=cv2.INTER_AREA)


def video_frames(
    people: Sequence[Person], *, each_s: float = 4.0, fade_s: float = 0.25
) -> Iterator[np.ndarray]:
    """Yields the sample video: one person after the other, each neutral, smiling, neutral."""
    num, fading = round(each_s * FPS), round(fade_s * FPS)
    last = None
    for person in people:
        for at in range(num):
            t_s = at / FPS
            whole = sway(person.at(smile_at(t_s, start_s=1.2, end_s=2.7, ramp_s=0.5)), t_s, period_s=each_s)
            frame = cv2.resize(whole[40 : 40 + SIDE * 3 // 4], VIDEO_SIZE, interpolation=cv2.INTER_AREA)
            share = (at + 1) / (fading + 1)
            yield frame if last is None or share >= 1 else cv2.addWeighted(frame, share, last, 1 - share, 0)
        last = frame


def write_video(path: Path, frames: Iterator[np.ndarray], *, fps: int, quality: int) -> None:
    """Writes VP9 in WebM, at a constant quality (lower is better), which OpenCV's writer does not offer."""
    ffmpeg = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if ffmpeg is None:
        raise SystemExit(
            "error: ffmpeg is missing: apt-get install ffmpeg, or name it with FFMPEG=/path/to/it."
        )
    first = next(frames)
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{first.shape[1]}x{first.shape[0]}", "-r", str(fps)]
    vp9 = ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-crf", str(quality), "-b:v", "0", "-g", "240"]
    best = ["-deadline", "good", "-cpu-used", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    command = [ffmpeg, "-v", "error", "-y", *raw, "-i", "-", "-an", *vp9, *best, str(path)]
    content = b"".join(frame.tobytes() for frame in (first, *frames))
    subprocess.run(command, input=content, check=True)


def write_photo(path: Path, picture: np.ndarray, *, quality: int = 82) -> None:
    """Writes a JPEG."""
    path.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def group(people: Sequence[Person]) -> np.ndarray:
    """Returns three people beside each other, the one in the middle neutral."""
    shares = (1, 0, 1)
    strips = [person.at(share)[40:, 130:590] for person, share in zip(people, shares, strict=True)]
    return cv2.resize(np.hstack(strips), None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)


def read_loop(video: Path, reader: Reader) -> dict[str, object]:
    """Returns what the model reads in the loop: boxes as shares of the picture, and three of its probabilities."""
    film = cv2.VideoCapture(str(video))
    step = LOOP_FPS // READINGS_PER_S
    faces = []
    for at in range(LOOP_FPS * LOOP_S):
        if film.grab() and at % step == 0:
            faces.append(reader.read(cv2.cvtColor(film.retrieve()[1], cv2.COLOR_BGR2RGB))[0])
    readings = [
        [
            *(round(part, 3) for part in face.box),
            *(round(float(face.probs[label]), 3) for label in LOOP_LABELS),
        ]
        for face in faces
    ]
    return {"seconds": LOOP_S, "labels": LOOP_LABELS, "readings": readings}


def main(london: Path, out: Path) -> None:
    """Makes every sample."""
    out.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(LONDON.find(london)) as archive, Reader() as reader:
        one = load(archive, LOOP_PERSON)
        write_video(out / "loop.webm", loop_frames(one), fps=LOOP_FPS, quality=QUALITY["loop"])
        poster = list(loop_frames(one))[3 * LOOP_FPS]
        (out / "loop.webp").write_bytes(
            cv2.imencode(".webp", poster, [cv2.IMWRITE_WEBP_QUALITY, 62])[1].tobytes()
        )
        (out / "loop.json").write_text(
            json.dumps(read_loop(out / "loop.webm", reader), separators=(",", ":"))
        )
        people = [load(archive, name) for name in VIDEO_PEOPLE]
        write_video(out / "sample.webm", video_frames(people), fps=FPS, quality=QUALITY["sample"])
        for number, name in enumerate(PHOTO_PEOPLE, 1):
            write_photo(out / f"photo-{number}.jpg", load(archive, name).smiling[:, 40:680])
        write_photo(out / "photo-group.jpg", group([load(archive, name) for name in GROUP_PEOPLE]))
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:8} {path.relative_to(ROOT)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    LONDON.add_option(parser)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    main(options.london, options.out)
