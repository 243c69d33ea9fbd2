"""Commands that are written for a POSIX shell, in the syntax of the shell in which a person will paste them."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_UNSET = re.compile(r"unset ((?:[A-Z_]+ ?)+)")
_EDITOR = "${EDITOR:-vi}"


def for_paste(command: str) -> str:
    """A command as this shell takes it; any other text as it is."""
    if not command.startswith("unset ") and _EDITOR not in command:
        return command  # most are the same in all shells, so there is no need to know it
    return adapted(command, current_shell(), os.environ.get("EDITOR") or "vi")


def adapted(command: str, shell: str, editor: str) -> str:
    """A command in the syntax of fish or PowerShell (`pwsh`), or of any other shell; with the editor's name. Pure."""
    found = _UNSET.fullmatch(command)
    if found and shell == "fish":
        return f"set -e {found[1]}"
    if found and shell == "pwsh":
        return f"Remove-Item {', '.join(f'Env:{name}' for name in found[1].split())}"
    return command.replace(_EDITOR, editor)


def current_shell() -> str:
    """The name of the program that has started this one: usually a shell."""
    with suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "linux":
            return Path(f"/proc/{os.getppid()}/comm").read_text().strip()
        words = ["ps", "-o", "comm=", "-p", str(os.getppid())]
        shown = subprocess.run(words, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
        return shown.rpartition("/")[2].lstrip("-")
    return ""
