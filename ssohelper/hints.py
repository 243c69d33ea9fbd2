"""Commands to paste, for hints and fixes: the only place that builds one which names something.

A command names what the person typed, and what follows from it without guessing: the session of that profile, the
file that a finding is about, what the command has just written. A name that is only similar to what was typed stands
in words (`errors.did_you_mean`), never in a command, where it could act on another account. `tests/test_hints.py`
lists every command that our code builds, with what it names.
"""

import sys
from collections.abc import Mapping

# The characters that bash, zsh, fish and PowerShell read as they are, except some at the beginning or the end.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-")
_PLAIN_IN_OPTIONS = _PLAIN - frozenset("_@%+=:,./")
# Characters that some shell interprets in single, or in double, quotes.
_SPECIAL_IN_SINGLE = frozenset("\\'\u2018\u2019\u201a\u201b")
_SPECIAL_IN_DOUBLE = frozenset('\\"`$!\u201c\u201d\u201e')


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
    """A word as bash, zsh, fish and PowerShell read it; if no form is right for all, as a POSIX shell does.

    `ui.shell_syntax` rewrites quoted words for the shell in use.
    """
    if word and _PLAIN.issuperset(word) and not _is_special(word):
        return word
    if _SPECIAL_IN_SINGLE.isdisjoint(word):
        return f"'{word}'"
    if _SPECIAL_IN_DOUBLE.isdisjoint(word):
        return f'"{word}"'
    import shlex  # slow to load, and rarely needed

    return shlex.quote(word)


def _is_special(word: str) -> bool:
    """Whether some shell expands or splits it: `=ls` (zsh), `%self` (fish), `@x`, `a,`, `-x.y` (PowerShell)."""
    return word[0] in "@,=%" or word[-1] == "," or (word[0] == "-" and not _PLAIN_IN_OPTIONS.issuperset(word))


def _quoted_path(path: str) -> str:
    """The same for a path: a shell expands `~/` only outside quotes."""
    tilde, slash, rest = path.partition("/")
    return f"~{slash}{quoted(rest) if rest else ''}" if tilde == "~" else quoted(path)
