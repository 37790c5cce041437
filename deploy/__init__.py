"""Recipes for operators."""
