"""Edits of our own profiles in a config file: lines are taken out, replaced or added; every other byte stays.

A profile of ours is its header, its options, and the one blank line above it. New profiles go to the end of the file,
where they cannot come between two lines that belong together. What came out is read again, and refused if any
foreign section would now be read in another way (an indented header below a removed profile, for example).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ssohelper.errors import ConfigConflict
from ssohelper.profiles.config_text import ConfigText, Option, Section, encode, header, parse


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
    """The file with a new section at its end, given as lines."""
    changes = _Changes()
    changes.added = ["", *section]
    return changes.compose(text)


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
            self.gone.update(range(present[key].first, present[key].last + 1))
        for key in edit.values.keys() & present.keys():
            self._set(text, present[key], edit.values[key])
        new = {key: value for key, value in edit.values.items() if key not in present}
        if new:
            self.after[section.last] = _option_lines(new)

    def _set(self, text: ConfigText, option: Option, value: str) -> None:
        if option.value != value:
            written = re.match(r"\s*[^=:\s]*", text.lines[option.first])
            assert written is not None
            self.replaced[option.first] = f"{written[0]} = {value}"
            self.gone.update(range(option.first + 1, option.last + 1))

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
        if text.lines == [""]:
            return encode(text.bom + "".join(added).removeprefix(end + end) + end * bool(added))
        keeps_last_end = len(text.lines) > 1 and text.lines[-1] == ""
        at = len(pieces) - 1 if keeps_last_end else len(pieces)
        result = "".join([*pieces[:at], *added, *pieces[at:]])
        if 0 in self.gone:  # what is now the first line has no line end before it
            result = re.sub(r"\A(\r\n|\r|\n)", "", result)
        return encode(text.bom + result)


def _option_lines(values: Mapping[str, str]) -> list[str]:
    return [f"{key} = {value}" for key, value in values.items()]


def _check(before: ConfigText, after: ConfigText, edits: list[Edit]) -> None:
    """Everything foreign reads as before, and every edited profile reads as it was meant to."""
    old = [section for section in before.sections if not section.ours]
    new = [section for section in after.sections if not section.ours]
    for number, section in enumerate(old):
        if number >= len(new) or _facts(section) != _facts(new[number]):
            line = old[min(number + 1, len(old) - 1)].first if number < len(new) else section.first
            raise ConfigConflict(
                f"line {line + 1} of the config file would be read as part of the profile above it",
                hint=f"begin line {line + 1} in the first column, then run the command again",
            )
    profiles = {section.name: section.values() for section in after.sections if section.ours}
    for edit in edits:
        if edit.name is not None and not edit.values.items() <= profiles.get(edit.name, {}).items():
            raise ConfigConflict(f"profile {edit.name!r} cannot be written so that AWS tools read it back")


def _facts(section: Section) -> tuple[str, str, list[tuple[str, str]]]:
    return section.kind, section.name, [(option.key, option.value) for option in section.options]
