"""Roles become profiles: discovery, the profiles wanted, the plan."""
