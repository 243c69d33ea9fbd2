"""Profiles for roles: discovery, desired profiles, foreign profiles and adoption, the plan."""
