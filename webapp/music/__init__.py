"""Music: what there is (a database), where it comes from (sources), and what is played next (docs/music.md)."""
