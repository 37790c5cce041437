"""Faces and labels on real data: detectors, crops, label stability, abstention, false positives, rotation, saliency."""
