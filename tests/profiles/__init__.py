"""Tests of the room that turns roles into profiles."""
