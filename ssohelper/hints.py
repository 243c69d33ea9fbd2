"""Commands to paste, for hints and fixes: the only place that builds one which names something.

A command names what the person typed, and what follows from it without guessing: the session of that profile, the
file that a finding is about, what the command has just written. A name that is only similar to what was typed stands
in words (`errors.did_you_mean`), never in a command, where it could act on another account. `tests/test_hints.py`
lists every command that our code builds, with what it names.
"""

import sys
from collections.abc import Mapping

# The characters that a POSIX shell reads as they are: those of `shlex.quote`.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-")


def command(*words: str) -> str:
    """A command of ssohelper."""
    return shell("ssohelper", *words)


def again(*more: str) -> str:
    """The command that was typed, with more options."""
    return command(*sys.argv[1:], *more)


def shell(*words: str) -> str:
    """A command of another program."""
    return " ".join(map(quoted, words))


def on_file(path: str, *words: str) -> str:
    """A command of another program for a file; `path` may begin with `~/`."""
    return f"{shell(*words)} {_quoted_path(path)}"


def edit(path: str, line: int | None = None) -> str:
    """Open a file in the editor of the person, at a line that is counted from 1."""
    return f"${{EDITOR:-vi}} {f'+{line} ' if line else ''}{_quoted_path(path)}"


def unset(*names: str) -> str:
    """Unset environment variables."""
    return f"unset {' '.join(names)}"


def export(variables: Mapping[str, str]) -> str:
    """Set environment variables."""
    return f"export {' '.join(f'{name}={quoted(value)}' for name, value in variables.items())}"


def quoted(word: str) -> str:
    """A word as a POSIX shell reads it, and zsh, which expands `=ls`, and fish, which expands `%self`."""
    if word and _PLAIN.issuperset(word):
        return f"'{word}'" if word[0] in "=%" else word
    import shlex  # slow to load, and rarely needed

    return shlex.quote(word)


def _quoted_path(path: str) -> str:
    """The same for a path: a shell expands `~/` only outside quotes."""
    tilde, slash, rest = path.partition("/")
    return f"~{slash}{quoted(rest) if rest else ''}" if tilde == "~" else quoted(path)
