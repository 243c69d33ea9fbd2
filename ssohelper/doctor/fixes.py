"""Changes to the AWS files that fix a problem, and commands for what only the user can decide. Pure.

Lines are counted from 1, as they are shown.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ssohelper import hints
from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText, Option, Section, with_header, with_value
from ssohelper.findings import Change, may_be_shown
from ssohelper.storage import paths

_OPTION_KEY = re.compile(r"(\s*)[^=:]*?(\s*[=:].*)", re.DOTALL)
_UNCLOSED_HEADER = re.compile(r"([^#;]*[^#;\s])(.*)", re.DOTALL)
_ESCAPED_BYTES = re.compile("[\udc80-\udcff]")


def comment_out(file: Path, text: ConfigText, first: int, last: int, what: str = "") -> Change:
    """Comment out some lines; `what` says what they are."""
    numbers = [number for number in range(first - 1, last) if text.lines[number].strip()]
    which = f"line {first}" if first == last else f"lines {first} to {last}"
    return Change(file, f"comment out {what + ', ' if what else ''}{which}", _commented(text, numbers))


def combined(changes: Sequence[Change]) -> Change:
    """Changes to different lines of a file as one."""
    lines = {number: line for each in changes for number, line in each.lines.items()}
    return Change(changes[0].file, ", ".join(each.summary for each in changes), lines)


def set_header(file: Path, text: ConfigText, section: Section, header: str) -> Change:
    """Give a section another header."""
    line = with_header(text.lines[section.first], header)
    return Change(file, f"rename the section on line {section.first + 1} to [{header}]", {section.first: line})


def set_line(file: Path, line: int, new: str) -> Change:
    """Replace a line."""
    return Change(file, f"replace line {line} with {new}", {line - 1: new})


def close_header(file: Path, text: ConfigText, line: int) -> Change:
    """Add the missing bracket to a section header, before a comment."""
    found = _UNCLOSED_HEADER.match(text.lines[line - 1])
    assert found is not None
    return Change(file, f"add ] to line {line}", {line - 1: f"{found[1]}]{found[2]}"})


def set_value(file: Path, text: ConfigText, option: Option, value: str) -> Change:
    """Give an option another value, on one line; the other lines of its old one are commented out."""
    value = " ".join(line.strip() for line in value.split("\n"))
    first, *others = config_text.own_lines(text, option)
    lines = {first: with_value(text.lines[first], value), **_commented(text, others)}
    shown = f" = {value}" if may_be_shown(option.key) else ""
    return Change(file, f"set {option.key}{shown} on line {first + 1}", lines)


def rename_key(file: Path, text: ConfigText, option: Option, key: str) -> Change:
    """Give an option another key."""
    found = _OPTION_KEY.fullmatch(text.lines[option.first])
    assert found is not None  # it was parsed as an option
    line = f"{found[1]}{key}{found[2]}"
    return Change(file, f"rename {option.key} to {key} on line {option.first + 1}", {option.first: line})


def use_equals_sign(file: Path, text: ConfigText, option: Option) -> Change:
    """Set an option with `=` instead of `:`."""
    line = re.sub(r"\s*:\s*", " = ", text.lines[option.first], count=1)
    return Change(file, f"replace ':' with '=' on line {option.first + 1}", {option.first: line})


def unindent(file: Path, text: ConfigText, numbers: Sequence[int]) -> Change:
    """Remove the indentation of the first of these lines, counted from 0, from all of them that have it."""
    first = numbers[0]
    indent = config_text.indentation(text.lines[first])
    indented = [number for number in numbers if text.lines[number].startswith(indent)]
    last = indented[-1]
    which = f"line {first + 1}" if last == first else f"lines {first + 1} to {last + 1}"
    lines = {number: text.lines[number].removeprefix(indent) for number in indented}
    return Change(file, f"remove the indentation of {which}", lines)


def use_session(file: Path, text: ConfigText, url: Option, region: Option, name: str) -> Change:
    """Replace the start URL of a profile with `sso_session`, and comment out its SSO region."""
    first, *others = config_text.own_lines(text, url)
    session = f"{config_text.indentation(text.lines[first])}sso_session = {name}"
    removed = comment_out(file, text, region.first + 1, region.last + 1)
    summary = f"set sso_session = {name} on line {first + 1}, {removed.summary}"
    return Change(file, summary, {first: session, **_commented(text, others), **removed.lines})


def save_as_utf8(file: Path, text: ConfigText) -> Change | None:
    """Encode the file as UTF-8 without a byte order mark; None if its encoding is not known."""
    data = config_text.unparse(text)
    if encoding := utf16(data):
        try:
            return Change(file, "convert the file from UTF-16 to UTF-8", data=data.decode(encoding).encode())
        except UnicodeDecodeError:
            return None
    if "\0" in data.decode("utf-8", "surrogateescape"):
        return None
    if text.bom:
        return Change(file, "remove the byte order mark", data=config_text.unparse(text._replace(bom="")))
    decoded = _ESCAPED_BYTES.sub(_windows_character, data.decode("utf-8", "surrogateescape"))
    return Change(file, "convert the file from Windows-1252 to UTF-8", data=decoded.encode())


def utf16(data: bytes) -> str | None:
    """The encoding of a file in UTF-16, with or without a byte order mark; None for any other file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if len(data) >= 4 and zeros.count(0) > len(zeros) * 0.9:
            return encoding
    return None


def convert_line_endings(file: Path, text: ConfigText) -> Change:
    """Replace each line ending of a carriage return alone with a line feed."""
    ends = ["\n" if end == "\r" else end for end in text.ends]
    return Change(file, "replace CR line endings with LF", data=config_text.unparse(text._replace(ends=ends)))


def apply(text: ConfigText, changes: Iterable[Change]) -> bytes:
    """The file after changes to different lines, or after a single change to the whole file."""
    lines = list(text.lines)
    for change in changes:
        if change.data is not None:
            return change.data
        for number, line in change.lines.items():
            lines[number] = line
    return config_text.unparse(text._replace(lines=lines))


def open_editor(file: Path, line: int | None = None) -> str:
    """Open the file in an editor, if only the user can know the right value."""
    return hints.edit(_shown_target(file), line)


def on_file(file: Path, *words: str) -> str:
    """A command for a file; of a symlink for its target."""
    return hints.on_file(_shown_target(file), *words)


def _shown_target(file: Path) -> str:
    real, home = os.path.realpath(file), os.path.realpath(paths.expanded("~"))
    below = real.removeprefix(f"{home}{os.sep}")
    # PowerShell expands no `~` in the arguments of a program.
    return f"~/{below}" if below != real and sys.platform != "win32" else real


def _commented(text: ConfigText, numbers: Iterable[int]) -> dict[int, str]:
    return {number: f"# {text.lines[number]}" for number in numbers}


def _windows_character(found: re.Match[str]) -> str:
    byte = found[0].encode("utf-8", "surrogateescape")
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        return byte.decode("latin-1")
