"""Metrics, calibration and explanations of a model."""
