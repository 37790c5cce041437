"""What is played next, and why."""
