"""Readers of the public data sets: each turns files into `Faces`."""

from training.data.ckplus import read_ckplus48
from training.data.duplicates import Duplicates, find_duplicates
from training.data.faces import IMAGE_SIZE, LABELS, Faces
from training.data.fer2013 import read_fer2013
from training.data.ferplus import distribution, majority, read_votes

__all__ = [
    "IMAGE_SIZE",
    "LABELS",
    "Duplicates",
    "Faces",
    "distribution",
    "find_duplicates",
    "majority",
    "read_ckplus48",
    "read_fer2013",
    "read_votes",
]
