"""What shells run and read."""

# The shells that we have code for, and how the files of each end.
SUFFIXES = {"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "ps1"}
