"""Photos: bytes of any common format to faces, and the ways in which the results leave."""
