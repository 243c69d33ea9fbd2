"""The doctor, on set-ups that are broken on purpose."""
