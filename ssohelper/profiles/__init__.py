"""Roles become profiles in `~/.aws/config`."""
