"""Commands that mend a file, as a person would: with sed, which keeps the file as it was in `.bakLINE`. Pure.

A line is named by its number, and changed only if it still begins as it did when the doctor looked: whoever runs a
command later, when lines have moved, changes nothing. No command repeats a value of the file, which may be a secret.
"""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

# As far as the name of a section, or of a key with what stands between it and its value.
_BEGINNING = re.compile(r"\s*(\[.*\]|[^=:\[]+[=:])")


def comment_out(file: Path, lines: Sequence[str], first: int, last: int | None = None) -> str:
    """Make comments of some lines, counted from 1; `lines` are those of the file."""
    begins = _begins(lines[first - 1])
    if last is None or last <= first:
        return _sed(file, first, f"{first}s/{begins}/# &/")
    return _sed(file, first, f"{first},{last}{{/{begins}/,{last}s/^/# /;}}")


def new_header(file: Path, lines: Sequence[str], line: int, header: str) -> str:
    """Give a section another header."""
    return _sed(file, line, f"{line}s/{_begins(lines[line - 1])}.*/{_in_place(f'[{header}]')}/")


def new_value(file: Path, lines: Sequence[str], line: int, value: str) -> str:
    """Give a key another value."""
    begins = _begins(lines[line - 1]).removeprefix("^")
    return _sed(file, line, rf"{line}s/^\({begins}\).*/\1 {_in_place(value)}/")


def closed_header(file: Path, line: int) -> str:
    """Close a header that was left open."""
    return _sed(file, line, rf"{line}s/^\(\[[^]]*\)$/\1]/")


def renamed(file: Path, line: int, wrong: str, right: str) -> str:
    """Put another word in place of a key, or of a part of a header."""
    return _sed(file, line, rf"{line}s/^\(\([^=]*[.[ ]\)\{{0,1\}}\){wrong}/\1{right}/")


def as_session(file: Path, lines: Sequence[str], url: int, region: int | None, name: str) -> str:
    """Put the name of a session in place of a start URL, and make a comment of the region that goes with it."""
    orders = [rf"{url}s/{_begins(lines[url - 1])}.*/sso_session = {_in_place(name)}/"]
    orders += [] if region is None else [rf"{region}s/{_begins(lines[region - 1])}/# &/"]
    return _sed(file, url, ";".join(orders))


def edited(file: Path, line: int | None = None) -> str:
    """Let a person see to a file, where nobody else can tell what is meant."""
    return f"${{EDITOR:-vi}} {f'+{line} ' if line else ''}{word(file)}"


def without_mark(file: Path) -> str:
    """Take a byte order mark away; the shell writes its bytes, since the sed of macOS cannot."""
    order = r"1s/^$(printf '\357\273\277')//"
    return f'LC_ALL=C sed -i.bak1 "{order}" {word(file)}'


def with_plain_ends(file: Path) -> str:
    """Make line feeds of carriage returns. Written in place, so that mode and link stay."""
    name = word(file)
    return rf"cp {name} {name}.bak && tr '\r' '\n' <{name}.bak >{name}"


def word(file: Path) -> str:
    """The path as a word of a shell; of a link its target, since sed would put a file in its place."""
    real, home = os.path.realpath(file), os.path.realpath(Path.home())
    below = real.removeprefix(f"{home}{os.sep}")
    return f"~/{shlex.quote(below)}" if below != real else shlex.quote(real)


def _sed(file: Path, line: int, order: str) -> str:
    # A suffix of its own: the next command shall not put its own copy in place of the first.
    return f"sed -i.bak{line} {shlex.quote(order)} {word(file)}"


def _begins(line: str) -> str:
    """What a line begins with, as sed looks for it; of one that is nothing known, that it is no `key = value`."""
    found = _BEGINNING.match(line)
    if found is None or not found[0].isprintable():
        return "^[^=]*$" if "=" not in line else "^"
    return "^" + re.sub(r"[][\\.*^$/]", r"\\\g<0>", found[0])


def _in_place(text: str) -> str:
    """A text as sed puts it in place of another; it has one line."""
    return re.sub(r"[\\/&]", r"\\\g<0>", " ".join(text.split("\n")))
