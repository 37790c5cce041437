"""Shared by the benchmarks: recordings of behaviour, and the shape of the code."""
