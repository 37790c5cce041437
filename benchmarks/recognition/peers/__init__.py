"""What people use today, on the same photos in the same run."""
