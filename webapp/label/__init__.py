"""`countenance label`: photos and videos on the disk, without a server."""
