"""What permission sets allow, and how AWS says that something is denied. Pure."""
