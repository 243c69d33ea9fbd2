"""A person becomes an access token."""
