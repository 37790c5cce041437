"""What there is: tracks, playlists and listeners in the database."""
