"""Benchmarks of models and of their training; each prints a table."""
