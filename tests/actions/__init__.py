"""Tests of what commands show from files alone."""
