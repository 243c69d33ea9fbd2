"""Commands that are written for a POSIX shell, in the syntax of the shell in which a person will paste them."""

import os
import re
import sys
from collections.abc import Iterable

from ssohelper.shell import current_shell, exports

_UNSET, _EXPORT = "unset ", "export "
# How `hints` quotes a word, and a quote in it. What is in double quotes is the same in all shells.
_POSIX_QUOTE = "'\"'\"'"
_QUOTED_WORD = re.compile(f"(?:~/)?(?:\"[^\"]*\"|'[^']*'(?:{_POSIX_QUOTE[1:4]}'[^']*')*)")
_ESCAPED_IN_POWERSHELL = re.compile('["`$\u201c\u201d\u201e]')
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
        command = with_editor(command, os.environ.get("VISUAL") or os.environ.get("EDITOR", ""), sys.platform)
    if not command.startswith((_UNSET, _EXPORT)) and "'" not in command and '"' not in command:
        return command  # most are the same in all shells, so there is no need to know it
    return adapted(command, current_shell.program())


def adapted(command: str, shell: str) -> str:
    """A command for a POSIX shell in the syntax of fish or PowerShell (`pwsh`); as it is for others. Pure."""
    if shell not in _QUOTED:
        return command
    kind, _, names = command.partition(" ")
    if kind == "unset" and all(map(_VARIABLE.fullmatch, names.split(" "))):
        return f"set -e {names}" if shell == "fish" else _unset_in_powershell(names.split(" "))
    if kind == "export" and shell == "pwsh":
        return _set_in_powershell(command)
    return _QUOTED_WORD.sub(lambda found: _word(found[0], shell), command)


def _word(written: str, shell: str) -> str:
    """A quoted word, perhaps behind `~/`, in the syntax of a shell."""
    in_home, quoted = written.startswith("~/"), written.removeprefix("~/")
    text = quoted[1:-1] if quoted[0] == '"' else quoted[1:-1].replace(_POSIX_QUOTE, "'")
    if in_home and shell == "pwsh":  # which expands no `~` beside quotes
        return '"$HOME/' + _ESCAPED_IN_POWERSHELL.sub(r"`\g<0>", text) + '"'
    return written if quoted[0] == '"' else f"{'~/' if in_home else ''}{exports.quoted(text, _QUOTED[shell])}"


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
    return f"Remove-Item {', '.join(f'Env:{name}' for name in names)} -ErrorAction Ignore"


def _set_in_powershell(export: str) -> str:
    import shlex  # slow to load

    pairs = (word.partition("=")[::2] for word in shlex.split(export)[1:])
    return "; ".join(f"$Env:{name} = {exports.quoted(value, 'powershell')}" for name, value in pairs)


# How `exports` calls the shells whose quoting differs from that of a POSIX shell.
_QUOTED = {"fish": "fish", "pwsh": "powershell"}
