"""What shells run and read."""
