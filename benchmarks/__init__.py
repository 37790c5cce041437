"""Speed and memory, measured on real processes; each prints a table with its own conditions."""
