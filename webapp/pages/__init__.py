"""The HTML pages, health and the model card."""
