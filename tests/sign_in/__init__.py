"""Tests of the room that turns a person into an access token."""
