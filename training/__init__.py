"""Offline training, from data sets to artifacts. Imports nothing from the running app."""
