"""Edits of our own profiles in a config file: lines are taken out, replaced or added; every other byte stays.

A profile of ours is its header, its options, and the one blank line above it. New profiles go to the end of the file,
where they cannot come between two lines that belong together. What came out is read again, and refused unless every
section reads as it should (an indented header below a removed profile would be read as part of the one above).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ssohelper.aws_config.config_text import ConfigText, Option, Section, encode, header, parse
from ssohelper.errors import ConfigConflict


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one profile of ours.

    `section` is the one to edit; None adds a profile. `name` is the name that it gets; None removes it. `values` are
    the options that it must have, in the order in which new ones are written; `unset` are options to take out.
    """

    section: Section | None
    name: str | None
    values: Mapping[str, str] = field(default_factory=dict)
    unset: frozenset[str] = frozenset()


def apply(text: ConfigText, edits: Iterable[Edit]) -> bytes:
    """The file after all the edits at once.

    Raises `ConfigConflict`, with the line, where a foreign line would be read in another way afterwards.
    """
    edits = list(edits)
    changes = _Changes()
    for edit in edits:
        if edit.section is None:
            changes.add(edit)
        elif edit.name is None:
            changes.remove(text, edit.section)
        else:
            changes.update(text, edit.section, edit)
    data = changes.compose(text)
    _check(text, parse(data), edits)
    return data


def append(text: ConfigText, section: Iterable[str]) -> bytes:
    """The file with a new section at its end, given as lines. Raises `ConfigConflict` where it would not read so."""
    check_editable(text)
    changes = _Changes()
    changes.added = ["", *section]
    data = changes.compose(text)
    if [_facts(each) for each in parse(data).sections[:-1]] != [_facts(each) for each in text.sections]:
        raise ConfigConflict("nothing can be added to the config file so that it still reads as before")
    return data


def check_editable(text: ConfigText) -> None:
    """Raise `ConfigConflict`, with the line, where we could not edit our profiles without guessing."""
    for number, line in enumerate(text.lines):
        if "\0" in line:
            raise ConfigConflict(f"line {number + 1} of the config file is not text", hint="save it as UTF-8")
    first_of: dict[str, Section] = {}
    for section in text.of_kind("profile"):
        first = first_of.setdefault(section.name, section)
        if first is not section and (first.ours or section.ours):
            raise _twice(f"profile {section.name!r}", first.first, section.first)
        if section.ours:
            _check_options(section)


def _check_options(section: Section) -> None:
    lines: dict[str, int] = {}
    for option in section.options:
        if option.key in lines:
            raise _twice(f"{option.key!r} of profile {section.name!r}", lines[option.key], option.first)
        lines[option.key] = option.first


def _twice(what: str, first: int, second: int) -> ConfigConflict:
    return ConfigConflict(
        f"{what} stands on line {first + 1} and on line {second + 1} of the config file",
        hint="remove one of the two: no AWS tool can read the file as it is",
    )


class _Changes:
    """Which lines go, change or come. Line numbers are those of the text before."""

    def __init__(self) -> None:
        self.gone: set[int] = set()
        self.replaced: dict[int, str] = {}
        self.after: dict[int, list[str]] = {}
        self.added: list[str] = []

    def add(self, edit: Edit) -> None:
        assert edit.name is not None
        self.added += ["", f"[{header(edit.name)}]", *_option_lines(edit.values)]

    def remove(self, text: ConfigText, section: Section) -> None:
        blank_above = section.first > 0 and text.lines[section.first - 1] == ""
        self.gone.update(range(section.first - blank_above, section.last + 1))

    def update(self, text: ConfigText, section: Section, edit: Edit) -> None:
        if edit.name is not None and edit.name != section.name:
            line = text.lines[section.first]
            start, end = line.index("["), line.rindex("]")
            self.replaced[section.first] = f"{line[:start]}[{header(edit.name)}{line[end:]}"
        present = {option.key: option for option in section.options}
        for key in edit.unset & present.keys():
            self.gone |= _own_lines(text, present[key])
        for key in edit.values.keys() & present.keys():
            self._set(text, present[key], edit.values[key])
        new = {key: value for key, value in edit.values.items() if key not in present}
        if new:
            # Indented like the option above them, so that nothing below is read as going on with them.
            indent = _indent(text.lines[section.options[-1].first])
            self.after[section.last] = [indent + line for line in _option_lines(new)]

    def _set(self, text: ConfigText, option: Option, value: str) -> None:
        if option.value != value:
            written = re.match(r"\s*[^=:\s]*", text.lines[option.first])
            assert written is not None
            self.replaced[option.first] = f"{written[0]} = {value}"
            self.gone |= _own_lines(text, option) - {option.first}

    def compose(self, text: ConfigText) -> bytes:
        # A line goes with the line end before it, not the one after: so a profile that is added to a file without
        # a final line end, and removed again, leaves the file as it was.
        end = text.newline
        added = [end + line for line in self.added]
        pieces: list[str] = []
        for number, (before, line) in enumerate(zip(["", *text.ends], text.lines, strict=True)):
            if number not in self.gone:
                pieces.append(before + self.replaced.get(number, line))
            pieces += [end + new for new in self.after.get(number, ())]
        empty = text.lines == [""]
        keeps_last_end = len(text.lines) > 1 and text.lines[-1] == ""
        at = len(pieces) - 1 if keeps_last_end else len(pieces)
        if added and (empty or at == 0):  # nothing above: no blank line, and no line end, before the first header
            added[:2] = [added[1].removeprefix(end)]
        result = _joined([*pieces[:at], *added, *pieces[at:], end * (empty and bool(added))])
        if 0 in self.gone and (at or not added):  # what is now the first line has no line end before it
            result = re.sub(r"\A(\r\n|\r|\n)", "", result)
        return encode(text.bom + result)


def _option_lines(values: Mapping[str, str]) -> list[str]:
    return [f"{key} = {value}" for key, value in values.items()]


def _own_lines(text: ConfigText, option: Option) -> set[int]:
    """The lines of an option without the comments that stand between them."""
    lines = range(option.first, option.last + 1)
    return {number for number in lines if not text.lines[number].lstrip().startswith(("#", ";"))}


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _joined(pieces: Iterable[str]) -> str:
    """The pieces, one after the other; a CR and a LF that meet stay the ends of two lines."""
    result: list[str] = []
    for piece in pieces:
        meet = result and result[-1].endswith("\r") and piece.startswith("\n")
        result.append("\r" + piece[1:] if meet else piece)
    return "".join(result)


def _check(before: ConfigText, after: ConfigText, edits: list[Edit]) -> None:
    """Every section reads as before, but for those that are edited: they read as they were meant to."""
    edit_of = {edit.section.first: edit for edit in edits if edit.section}
    staying = [
        (section, edit_of.get(section.first))
        for section in before.sections
        if section.first not in edit_of or edit_of[section.first].name is not None
    ]
    added = [edit for edit in edits if edit.section is None]
    expected = [_facts(section, edit) for section, edit in staying]
    expected += [(header(edit.name or ""), list(edit.values.items())) for edit in added]
    found = [_facts(section) for section in after.sections]
    if found == expected:
        return
    wrong = next(
        number for number in range(len(expected) + 1) if expected[number : number + 1] != found[number : number + 1]
    )
    if len(found) < len(expected) and wrong + 1 < len(staying):
        line = staying[wrong + 1][0].first + 1
        raise ConfigConflict(
            f"line {line} of the config file would be read as part of the profile above it",
            hint=f"begin line {line} in the first column, then run the command again",
        )
    name = (found if wrong < len(found) else expected)[wrong][0]
    raise ConfigConflict(f"[{name}] cannot be written so that AWS tools read it back")


def _facts(section: Section, edit: Edit | None = None) -> tuple[str, list[tuple[str, str]]]:
    """The section's name and options, as they are or as an edit would have them."""
    options = [(option.key, option.value) for option in section.options]
    if edit is None:
        return section.header, options
    present = {key for key, _ in options}
    options = [(key, edit.values.get(key, value)) for key, value in options if key not in edit.unset]
    options += [(key, value) for key, value in edit.values.items() if key not in present]
    renamed = edit.name is not None and edit.name != section.name
    return header(edit.name or "") if renamed else section.header, options
