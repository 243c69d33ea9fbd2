"""Tests of the shell integration."""
