"""Which shell has started this process, and will evaluate what it prints or is pasted into.

`$SHELL` does not tell: it is the login shell, also in another one that was started in it.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

_POWERSHELL = ("pwsh", "powershell", "pwsh-preview")
_SHELLS = ("bash", "zsh", "fish", "pwsh")


def or_login_shell() -> str:
    """The shell that has started this program, else the login shell; `pwsh` for any PowerShell."""
    parent = program()
    return parent if parent in _SHELLS else _program([os.environ.get("SHELL", "")])


def program() -> str:
    """The name of the program that has started this one: `bash`, `fish`; `pwsh` for any PowerShell; "" if unknown."""
    if sys.platform == "win32":
        return "pwsh"
    return "pwsh" if powershell_command() else _program(_parent()[:1])


def use_function() -> str:
    """The command that chooses a profile in the shell in use; `shell-init` defines it."""
    return "ssohelper-use" if or_login_shell() == "pwsh" else "ssohelper use"


def powershell_command() -> tuple[str, ...]:
    """The words that start the PowerShell that has started this process; none if that was another program.

    None on Windows, too, where the parent is not asked.

    PowerShell sets PSModulePath, but what it starts inherits that, so the parent's own command line decides.
    """
    if sys.platform == "win32" or "PSModulePath" not in os.environ:
        return ()
    return started_by(_parent())


def started_by(words: Sequence[str]) -> tuple[str, ...]:
    """The part of a command line that starts PowerShell: its program, or `dotnet` and its library. Pure."""
    if _program(words[:1]) in _POWERSHELL:
        return tuple(words[:1])
    if _program(words[:1]) == "dotnet" and _program(words[1:2]) in _POWERSHELL:
        return tuple(words[:2])
    return ()


def _program(words: Sequence[str]) -> str:
    """The name of a program by the path in its command line; that of a login shell begins with a hyphen."""
    file = words[0].rpartition("/")[2].lstrip("-") if words else ""
    return file.removesuffix(".exe").removesuffix(".dll")


def _parent() -> list[str]:
    """The command line of the parent process; none if it cannot be read."""
    if sys.platform == "linux":
        with suppress(OSError), open(f"/proc/{os.getppid()}/cmdline", "rb") as file:  # noqa: PTH123 (pathlib is slow)
            return os.fsdecode(file.read()).split("\0")[:-1]
        return []
    import subprocess  # slow to load

    with suppress(OSError, subprocess.SubprocessError):
        words = ["ps", "-o", "args=", "-p", str(os.getppid())]
        done = subprocess.run(words, capture_output=True, timeout=5, check=True)
        return os.fsdecode(done.stdout).split()
    return []
