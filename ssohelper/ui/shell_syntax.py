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
_EDITOR = re.compile(r"\$\{EDITOR:-vi\} (?:\+(?P<line>\d+) )?")
# Editors that take the line as `+LINE FILE`, and as `--goto FILE:LINE`; others get the file alone.
_WITH_PLUS = ("emacs", "emacsclient", "gvim", "joe", "kak", "mg", "micro", "nano", "nvim", "vi", "vim")
_WITH_GOTO = ("code", "code-insiders", "codium", "cursor", "windsurf")
# An editor with other characters could do something else where its command is pasted.
_PLAIN_EDITOR = re.compile(r"[\w./@%+=-]+( [\w./@%+=-]+)*", re.ASCII)


def for_paste(command: str) -> str:
    """A command as this shell takes it, with the person's editor; any other text as it is."""
    if _EDITOR.match(command):
        return with_editor(command, os.environ.get("VISUAL") or os.environ.get("EDITOR", ""), sys.platform)
    if not command.startswith((_UNSET, _EXPORT)):
        return command  # most are the same in all shells, so there is no need to know it
    return adapted(command, current_shell())


def adapted(command: str, shell: str) -> str:
    """A command that changes variables, in the syntax of fish or PowerShell (`pwsh`); as it is for others. Pure."""
    kind, _, names = command.partition(" ")
    if kind == "unset" and all(map(_VARIABLE.fullmatch, names.split(" "))):
        if shell == "fish":
            return f"set -e {names}"
        return _unset_in_powershell(names.split(" ")) if shell == "pwsh" else command
    return _set_in_powershell(command) if kind == "export" and shell == "pwsh" else command


def with_editor(command: str, editor: str, platform: str) -> str:
    """A command that opens a file, with the person's editor, and the line as that takes it. Pure.

    Without one it is vi, or on Windows notepad. `platform` is `sys.platform`.
    """
    found = _EDITOR.match(command)
    if found is None:
        return command
    words = editor if _PLAIN_EDITOR.fullmatch(editor) else "notepad" if platform == "win32" else "vi"
    line, file = found["line"], command[found.end() :]
    name = words.split(" ")[0].rpartition("/")[2].removesuffix(".exe")
    if line is None or name not in (*_WITH_PLUS, *_WITH_GOTO):
        return f"{words} {file}"
    return f"{words} +{line} {file}" if name in _WITH_PLUS else f"{words} --goto {file}:{line}"


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
