"""A picture to faces with expressions: used by the live page, uploads, the label command and the public API."""
