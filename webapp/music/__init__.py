"""Music that fits a mood: what there is, what is chosen, where it comes from."""
