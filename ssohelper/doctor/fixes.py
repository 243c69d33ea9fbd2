"""Shell commands that fix a file, with sed, which keeps a copy of the file as `.bakLINE`. Pure.

A line is addressed by its number, and changed only if it still starts as it did when the doctor read it: a command
that is run later, after lines have moved, changes nothing. No command repeats a value of the file, which may be a
secret.
"""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

# A section header, or a key with everything before its value.
_START = re.compile(r"\s*(\[.*\]|[^=:\[]+[=:])")


def comment_out(file: Path, lines: Sequence[str], first: int, last: int | None = None) -> str:
    """Comment out some lines, counted from 1; `lines` are those of the file."""
    start = _start(lines[first - 1])
    if last is None or last <= first:
        return _sed(file, first, f"{first}s/{start}/# &/")
    return _sed(file, first, f"{first},{last}{{/{start}/,{last}s/^/# /;}}")


def set_header(file: Path, lines: Sequence[str], line: int, header: str) -> str:
    """Give a section another header."""
    return _sed(file, line, f"{line}s/{_start(lines[line - 1])}.*/{_replacement(f'[{header}]')}/")


def close_header(file: Path, line: int) -> str:
    """Add the missing bracket to a section header."""
    return _sed(file, line, rf"{line}s/^\(\[[^]]*\)$/\1]/")


def set_value(file: Path, lines: Sequence[str], line: int, value: str) -> str:
    """Give a key another value."""
    start = _start(lines[line - 1]).removeprefix("^")
    return _sed(file, line, rf"{line}s/^\({start}\).*/\1 {_replacement(value)}/")


def use_session(file: Path, lines: Sequence[str], url: int, region: int, name: str) -> str:
    """Replace the start URL of a profile by `sso_session`, and comment out its SSO region; both by their lines."""
    script = f"{url}s/{_start(lines[url - 1])}.*/sso_session = {_replacement(name)}/"
    return _sed(file, url, f"{script};{region}s/{_start(lines[region - 1])}/# &/")


def open_editor(file: Path, line: int | None = None) -> str:
    """Open the file in an editor, if only the user can know the right value."""
    return f"${{EDITOR:-vi}} {f'+{line} ' if line else ''}{shell_path(file)}"


def remove_byte_order_mark(file: Path) -> str:
    """Remove a byte order mark; its bytes are written by the shell, since the sed of macOS cannot write them."""
    script = r"1s/^$(printf '\357\273\277')//"
    return f'LC_ALL=C sed -i.bak1 "{script}" {shell_path(file)}'


def convert_line_endings(file: Path) -> str:
    """Replace carriage returns by line feeds. The file is written in place, so that its mode and links stay."""
    name = shell_path(file)
    return rf"cp {name} {name}.bak && tr '\r' '\n' <{name}.bak >{name}"


def shell_path(file: Path) -> str:
    """The path quoted for a shell; of a symlink its target, since sed would replace the symlink by a file."""
    real, home = os.path.realpath(file), os.path.realpath(Path.home())
    below = real.removeprefix(f"{home}{os.sep}")
    return f"~/{shlex.quote(below)}" if below != real else shlex.quote(real)


def _sed(file: Path, line: int, script: str) -> str:
    # The suffix has the line, so that the copy of the next command does not overwrite this one.
    return f"sed -i.bak{line} {shlex.quote(script)} {shell_path(file)}"


def _start(line: str) -> str:
    """A sed pattern for the start of a line; for one that is neither header nor option, that it has no `=`."""
    found = _START.match(line)
    if found is None or not found[0].isprintable():
        return "^[^=]*$" if "=" not in line else "^"
    return "^" + re.sub(r"[][\\.*^$/]", r"\\\g<0>", found[0])


def _replacement(text: str) -> str:
    """A text as the replacement of sed's `s`; line ends become spaces."""
    return re.sub(r"[\\/&]", r"\\\g<0>", " ".join(text.split("\n")))
