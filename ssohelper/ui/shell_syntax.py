"""Commands that are written for a POSIX shell, in the syntax of the shell in which a person will paste them."""

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_UNSET, _EXPORT, _QUOTE = "unset ", "export ", "'"
# All variables that we name have an underscore; words of a sentence have none.
_VARIABLE = re.compile(r"[A-Za-z]+_\w+", re.ASCII)
_EDITOR = re.compile(r"\$\{EDITOR:-vi\}( \+\d+)?")
# An editor with other characters could do something else where its command is pasted.
_PLAIN_EDITOR = re.compile(r"[\w./@%+=-]+( [\w./@%+=-]+)*", re.ASCII)


def for_paste(command: str) -> str:
    """A command as this shell takes it; any other text as it is."""
    if not command.startswith((_UNSET, _EXPORT)) and "${EDITOR" not in command:
        return command  # most are the same in all shells, so there is no need to know it
    return adapted(command, current_shell(), os.environ.get("EDITOR", ""))


def adapted(command: str, shell: str, editor: str, platform: str = sys.platform) -> str:
    """A command in the syntax of fish or PowerShell (`pwsh`), with the editor's name; as it is for others. Pure."""
    if shell not in ("fish", "pwsh"):
        return command
    kind, _, names = command.partition(" ")
    if kind == "unset" and all(map(_VARIABLE.fullmatch, names.split(" "))):
        return f"set -e {names}" if shell == "fish" else _unset_in_powershell(names.split(" "))
    if kind == "export" and shell == "pwsh":
        return _set_in_powershell(command)
    plain = editor if _PLAIN_EDITOR.fullmatch(editor) else ""
    if not plain and platform == "win32":
        return _EDITOR.sub("notepad", command)  # which takes no line number
    return _EDITOR.sub(lambda found: f"{plain or 'vi'}{found[1] or ''}", command)


def _unset_in_powershell(names: Iterable[str]) -> str:
    return f"Remove-Item {', '.join(f'Env:{name}' for name in names)}"


def _set_in_powershell(export: str) -> str:
    import shlex  # slow to load

    pairs = (word.split("=", 1) for word in shlex.split(export)[1:])
    return "; ".join(f"$Env:{name} = '{value.replace(_QUOTE, 2 * _QUOTE)}'" for name, value in pairs)


def current_shell() -> str:
    """The name of the program that has started this one: usually a shell. Empty if it is not known."""
    if sys.platform == "win32":
        return "pwsh"
    # The kernel may cut a name within a character.
    return _parent_name().decode(errors="replace").strip().rpartition("/")[2].lstrip("-")


def _parent_name() -> bytes:
    if sys.platform == "linux":
        with suppress(OSError):
            return Path(f"/proc/{os.getppid()}/comm").read_bytes()
        return b""
    import subprocess  # slow to load

    words = ["ps", "-o", "comm=", "-p", str(os.getppid())]
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(words, capture_output=True, timeout=5, check=True).stdout
    return b""
