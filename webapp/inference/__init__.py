"""The one door to the model: what the app knows of it is a `Classifier`."""

from __future__ import annotations

from webapp.inference.card import LABELS, Card, CropRule, read_card
from webapp.inference.classifier import Classifier
from webapp.inference.loading import load_classifier

__all__ = ["LABELS", "Card", "Classifier", "CropRule", "load_classifier", "read_card"]
