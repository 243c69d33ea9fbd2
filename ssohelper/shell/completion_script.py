"""The scripts of `completions/` that bring TAB into a shell, and where each shell looks for them."""

import os
from pathlib import Path

from ssohelper.shell import SUFFIXES

_FOLDER = Path(__file__).parent / "completions"


def script(shell: str) -> str:
    """The script of a shell."""
    return (_FOLDER / f"ssohelper.{SUFFIXES[shell]}").read_text("utf-8")


def place(shell: str) -> Path:
    """Where the script of a shell is to be, for the user alone. PowerShell looks nowhere: its profile names it."""
    data = _folder("XDG_DATA_HOME", "~/.local/share")
    return {
        "bash": data / "bash-completion" / "completions" / "ssohelper",
        "zsh": data / "zsh" / "site-functions" / "_ssohelper",
        "fish": _folder("XDG_CONFIG_HOME", "~/.config") / "fish" / "completions" / "ssohelper.fish",
        "powershell": data / "ssohelper" / "ssohelper.ps1",
    }[shell]


def _folder(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or default).expanduser()
