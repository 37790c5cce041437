"""The process that takes the music folder into the catalogue, and what it measures."""
