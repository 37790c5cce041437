"""Renders docs/results from the small facts of runs and artifacts: the same facts give the same bytes."""
