"""Finds problems: where they are, which tools they affect, and a command that fixes each. Changes nothing."""
