"""What shells run."""
