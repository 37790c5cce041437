"""The files that a finished run leaves: the artifact with its card, other formats, and `result.json`."""
