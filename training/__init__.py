"""Offline training: data readers, Model 2, fit, evaluate and export. Imports nothing from the running app."""
