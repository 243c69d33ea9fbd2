"""Tests of the room that turns an access token into role credentials."""
