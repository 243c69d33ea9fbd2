"""The block in a shell's start-up file that loads `shell-init`.

The block has a first and a last line by which it is found again; all other bytes stay as they are.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from ssohelper import hints
from ssohelper.errors import Failed
from ssohelper.shell import exports
from ssohelper.storage import files, paths

_FIRST, _LAST = "# >>> ssohelper >>>", "# <<< ssohelper <<<"
# What runs the program if it is still installed: without it, a new shell must not complain.
_BLOCKS = {
    "bash": 'if command -v {program} >/dev/null; then eval "$({program} shell-init bash{options})"; fi',
    "zsh": 'if command -v {program} >/dev/null; then eval "$({program} shell-init zsh{options})"; fi',
    "fish": "if command -q {program}; {program} shell-init fish{options} | source; end",
    "powershell": "if (Get-Command -Name {program} -ErrorAction Ignore) "
    "{{ & {program} shell-init powershell{options} | Out-String | Invoke-Expression }}",
}
# The file that PowerShell itself calls $PROFILE.
_PROFILE = "powershell/Microsoft.PowerShell_profile.ps1"


def shell_of(environment_shell: str) -> str | None:
    """The shell of a program, such as /bin/zsh or pwsh, if it has a start-up file that we know."""
    name = Path(environment_shell).name
    name = "powershell" if name == "pwsh" else name
    return name if name in _BLOCKS else None


def path(shell: str) -> Path:
    """The start-up file of interactive shells. Raises `Failed` if no PowerShell says where its own is."""
    if shell == "zsh":
        return Path(os.environ.get("ZDOTDIR") or paths.expanded("~")) / ".zshrc"
    if shell == "fish":
        config = os.environ.get("XDG_CONFIG_HOME") or paths.expanded("~/.config")
        return Path(config) / "fish" / "config.fish"
    if shell == "bash":
        # Terminals of macOS start login shells, which do not read ~/.bashrc.
        login = paths.expanded("~/.bash_profile")
        return login if sys.platform == "darwin" and login.exists() else paths.expanded("~/.bashrc")
    if sys.platform == "win32":
        return _profile_on_windows()
    return Path(os.environ.get("XDG_CONFIG_HOME") or paths.expanded("~/.config")) / _PROFILE


def _profile_on_windows() -> Path:
    """What PowerShell calls $PROFILE: it is in the Documents folder, which may be redirected. Raises `Failed`."""
    import subprocess  # slow to load

    for program in ("pwsh", "powershell"):
        words = [program, "-NoProfile", "-NonInteractive", "-Command", "$PROFILE"]
        with suppress(OSError, subprocess.SubprocessError):
            found = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout.strip()
            if found:
                return Path(found)
    hint = "add to $PROFILE: ssohelper shell-init powershell | Out-String | iex"
    raise Failed("cannot find $PROFILE: neither pwsh nor powershell runs", hint=hint)


def block(shell: str, program: str, *, no_prompt: bool = False) -> str:
    """The block for a shell; `program` is the name on PATH or the path of ssohelper."""
    # Windows PowerShell reads the file in the code page of the system.
    word = exports.expression(program, shell) if shell == "powershell" else hints.quoted(program)
    line = _BLOCKS[shell].format(program=word, options=" --no-prompt" if no_prompt else "")
    return f"{_FIRST}\n{line}\n{_LAST}\n"


def loads_already(shell: str) -> bool:
    """Whether the start-up file of a shell loads `shell-init`. Raises `Failed`."""
    return loads(files.read(path(shell)) or b"")


def loads(data: bytes) -> bool:
    """Whether a start-up file loads `shell-init` already, in our block or in a line of the user."""
    lines = (line.lstrip() for line in data.splitlines())
    return any(b"ssohelper" in line and b"shell-init" in line and not line.startswith(b"#") for line in lines)


def with_block(data: bytes, text: str) -> bytes:
    """The start-up file with a block in place of the one that it has, else at its end."""
    new = text.encode("utf-8", "surrogateescape")
    first, *others = _around_blocks(data)
    if others:
        return first + new + b"".join(others)
    separator = b"" if not data or data.endswith(b"\n") else b"\n"
    return data + separator + new


def without_block(data: bytes) -> bytes:
    """The start-up file without our block."""
    return b"".join(_around_blocks(data))


def _around_blocks(data: bytes) -> list[bytes]:
    """What is before, between and after our blocks; all of it for a file without one.

    A block without its last line was edited. It counts as none: what is below may be the user's.
    """
    around, block = [b""], b""
    for line in data.splitlines(keepends=True):
        text = line.strip()
        if text == _FIRST.encode():
            around[-1] += block
            block = line
        elif block and text == _LAST.encode():
            around.append(b"")
            block = b""
        elif block:
            block += line
        else:
            around[-1] += line
    around[-1] += block
    return around
