"""The completion scripts in `completions/`, and the path where each shell looks for its script."""

import os
from pathlib import Path

from ssohelper.shell import SUFFIXES
from ssohelper.storage import paths

_FOLDER = Path(__file__).parent / "completions"


def script(shell: str) -> str:
    """The completion script of a shell."""
    return (_FOLDER / f"ssohelper.{SUFFIXES[shell]}").read_text("utf-8")


def install_path(shell: str) -> Path:
    """The user's own path for the script. PowerShell has no such folder: `$PROFILE` must name the file."""
    data = _folder("XDG_DATA_HOME", "~/.local/share")
    return {
        "bash": data / "bash-completion" / "completions" / "ssohelper",
        "zsh": data / "zsh" / "site-functions" / "_ssohelper",
        "fish": _folder("XDG_CONFIG_HOME", "~/.config") / "fish" / "completions" / "ssohelper.fish",
        "powershell": data / "ssohelper" / "ssohelper.ps1",
    }[shell]


def _folder(variable: str, default: str) -> Path:
    return paths.expanded(os.environ.get(variable) or default)
