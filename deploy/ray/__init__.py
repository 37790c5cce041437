"""The classifier on Ray Serve."""
