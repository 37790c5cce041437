"""The classifier on NVIDIA Triton."""
