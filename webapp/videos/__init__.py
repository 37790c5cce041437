"""Uploaded videos: faces over time, decoded by a process of their own."""
