"""The serving path under load: acknowledgements, floods, uploads, pages, music; and attacks on it."""
