"""Other packages that read expressions, on the same photos in the same run."""
