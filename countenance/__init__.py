"""Facial-expression recognition as a library: `from countenance import Reader`.

A few lines over the same reader that serves the pages and the label command. It reads expressions, not feelings, and is
not for assessing employees, job applicants or students.
"""

from __future__ import annotations

from countenance.frames import FrameReader, TrackedFace
from countenance.reader import FaceReading, Photo, Reader
from webapp.version import VERSION as __version__

__all__ = ["FaceReading", "FrameReader", "Photo", "Reader", "TrackedFace", "__version__"]
