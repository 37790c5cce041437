"""Runs of a recipe: epochs, steps and their checkpoints; folds and trials of many runs."""
