"""Uploaded photos to labels."""
