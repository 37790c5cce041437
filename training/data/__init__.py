"""Data sets: readers that turn files into `Faces`, and the batches, folds and targets made of them."""

from training.config import IMAGE_SIZE, LABELS
from training.data.ckplus import CKPLUS_LABELS, in_product_labels, read_ckplus
from training.data.duplicates import Duplicates, duplicated, find_duplicates
from training.data.faces import Faces
from training.data.fer2013 import read_fer2013
from training.data.ferplus import majority_labels, read_votes, soft_labels

__all__ = [
    "CKPLUS_LABELS",
    "IMAGE_SIZE",
    "LABELS",
    "Duplicates",
    "Faces",
    "soft_labels",
    "duplicated",
    "find_duplicates",
    "in_product_labels",
    "majority_labels",
    "read_ckplus",
    "read_fer2013",
    "read_votes",
]
