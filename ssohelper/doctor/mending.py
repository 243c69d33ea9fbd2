"""Commands that mend a config file, as a person would: with sed, which keeps the file as it was in `.bak`. Pure."""

import os
import re
import shlex
from pathlib import Path


def comment_out(file: Path, first: int, last: int | None = None) -> str:
    """Make comments of some lines, counted from 1."""
    return _sed(file, f"{first},{last}s/^/# /" if last and last > first else f"{first}s/^/# /")


def new_header(file: Path, line: int, header: str) -> str:
    """Give a section another header."""
    return _sed(file, f"{line}s/.*/{_escaped(f'[{header}]')}/")


def new_value(file: Path, line: int, value: str) -> str:
    """Give a key another value."""
    return _sed(file, f"{line}s/[=:].*/= {_escaped(value)}/")


def without_mark(file: Path) -> str:
    """Take a byte order mark away; the shell writes its bytes, since the sed of macOS cannot."""
    order = r"1s/^$(printf '\357\273\277')//"
    return f'LC_ALL=C sed -i.bak "{order}" {word(file)}'


def _sed(file: Path, order: str) -> str:
    return f"sed -i.bak {shlex.quote(order)} {word(file)}"


def word(file: Path) -> str:
    """The path as a word of a shell; of a link its target, since sed would put a file in its place."""
    real, home = os.path.realpath(file), os.path.realpath(Path.home())
    below = real.removeprefix(f"{home}{os.sep}")
    return f"~/{shlex.quote(below)}" if below != real else shlex.quote(real)


def _escaped(text: str) -> str:
    return re.sub(r"[\\/&]", r"\\\g<0>", text)
