"""Tests of the room that keeps credentials fresh while work goes on."""
