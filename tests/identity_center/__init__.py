"""Tests of the wire to Identity Center."""
