"""Labels every photo of an archive with `fer`, in its own environment; prints one JSON line each (see __main__.py)."""

from __future__ import annotations

import json
import sys
import time
import zipfile

import cv2
import numpy as np
from fer.fer import FER


def main(path: str) -> None:
    detector = FER()
    with zipfile.ZipFile(path) as archive:
        for name in sorted(name for name in archive.namelist() if not name.endswith("/")):
            data = archive.read(name)
            started_s = time.perf_counter()
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            faces = detector.detect_emotions(image)
            largest = max(faces, key=lambda face: face["box"][2] * face["box"][3], default=None)
            label = max(largest["emotions"], key=largest["emotions"].get) if largest else None
            print(json.dumps([name, label, time.perf_counter() - started_s]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
