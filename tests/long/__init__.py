"""Runs of many minutes, started by hand: `python -m tests.long.NAME`."""
