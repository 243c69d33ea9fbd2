"""Shell integration: hooks, prompt, completion, exports."""

# The supported shells, with the file extension of each.
SUFFIXES = {"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "ps1"}
