"""Keeps sign-ins and role credentials fresh: the agent, and the exec server with its credential endpoint."""
