"""Runs of a recipe, from single steps to cross-validation and tuning."""
