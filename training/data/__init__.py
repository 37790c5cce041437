"""Readers of the public data sets: each turns files into `Faces`."""

from training.data.duplicates import Duplicates, find_duplicates
from training.data.faces import IMAGE_SIZE, LABELS, Faces
from training.data.fer2013 import read_fer2013

__all__ = ["IMAGE_SIZE", "LABELS", "Duplicates", "Faces", "find_duplicates", "read_fer2013"]
