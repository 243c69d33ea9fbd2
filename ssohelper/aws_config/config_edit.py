"""Adds, changes and removes managed profiles in a config file; every other byte is unchanged.

A managed profile is its header, its options and the blank line above it. New profiles are added at the end of the
file, where they cannot separate a comment from its section. configupdater edits the options of a profile
(`option_edit`); `_Changes` edits the lines of those that it cannot read. The result is parsed, and refused unless all
sections read as intended: an indented header below a removed profile would be read as part of the profile above.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ssohelper.aws_config import option_edit
from ssohelper.aws_config.config_text import (
    ConfigText,
    Section,
    encode,
    header,
    indentation,
    own_lines,
    parse,
    with_header,
    with_value,
)
from ssohelper.errors import ConfigConflict


@dataclass(frozen=True, slots=True)
class Edit:
    """The edit of one profile.

    `section` is the profile to edit; None adds one. `name` is its name afterwards; None removes it. `values` are the
    options to set, in the order in which new ones are written; `unset` are the options to remove.
    """

    section: Section | None
    name: str | None
    values: Mapping[str, str] = field(default_factory=dict)
    unset: frozenset[str] = frozenset()


def apply(text: ConfigText, edits: Iterable[Edit]) -> bytes:
    """The file with all edits applied.

    Raises `ConfigConflict`, with the line, if that would change how another line is read.
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
    """The file with a new section, given as lines, at its end. Raises `ConfigConflict`."""
    check_editable(text)
    changes = _Changes()
    changes.added = ["", *section]
    data = changes.compose(text)
    if [_content(each) for each in parse(data).sections[:-1]] != [_content(each) for each in text.sections]:
        raise ConfigConflict("cannot add a section to the config file without changing how the others are read")
    return data


def check_editable(text: ConfigText) -> None:
    """Raise `ConfigConflict`, with the line, if a managed profile is ambiguous or the file is not text."""
    for number, line in enumerate(text.lines):
        if "\0" in line:
            raise ConfigConflict(f"line {number + 1} of the config file is not text", hint="save it as UTF-8")
    first_of: dict[str, Section] = {}
    for section in text.of_kind("profile"):
        first = first_of.setdefault(section.name, section)
        if first is not section and (first.managed or section.managed):
            raise _duplicate(f"profile {section.name!r} is defined twice", first.first, section.first)
        if section.managed:
            _check_options(section)


def _check_options(section: Section) -> None:
    lines: dict[str, int] = {}
    for option in section.options:
        if option.key in lines:
            raise _duplicate(
                f"{option.key!r} is set twice in profile {section.name!r}", lines[option.key], option.first
            )
        lines[option.key] = option.first


def _duplicate(what: str, first: int, second: int) -> ConfigConflict:
    return ConfigConflict(
        f"{what}, on lines {first + 1} and {second + 1} of the config file",
        hint="remove one of the two: no AWS tool can read the file as it is",
    )


class _Changes:
    """Lines to remove, replace and add. Line numbers are those of the text before the edits."""

    def __init__(self) -> None:
        self.removed: set[int] = set()
        self.replaced: dict[int, str] = {}
        self.after: dict[int, list[str]] = {}  # each line with the line ending before it
        self.added: list[str] = []

    def add(self, edit: Edit) -> None:
        assert edit.name is not None
        self.added += ["", f"[{header(edit.name)}]", *_option_lines(edit.values)]

    def remove(self, text: ConfigText, section: Section) -> None:
        blank_above = section.first > 0 and text.lines[section.first - 1] == ""
        self.removed.update(range(section.first - blank_above, section.last + 1))

    def update(self, text: ConfigText, section: Section, edit: Edit) -> None:
        if edit.name is not None and edit.name != section.name:
            self.replaced[section.first] = with_header(text.lines[section.first], header(edit.name))
        present = section.values()
        values = {key: value for key, value in edit.values.items() if present.get(key) != value}
        unset = edit.unset & present.keys()
        if values or unset:
            self._edit_options(text, section, values, unset)

    def _edit_options(
        self, text: ConfigText, section: Section, values: Mapping[str, str], unset: Collection[str]
    ) -> None:
        end = text.ends[section.first]
        one_kind = set(text.ends[section.first : section.last]) == {end}
        # configupdater knows no line endings: those of the section are put back here.
        lines = option_edit.edit(text, section, values, unset) if one_kind else None
        if lines is None:
            self._edit_lines(text, section, values, unset)
        else:
            self.removed.update(range(section.first + 1, section.last + 1))
            self.after[section.first] = [end + line for line in lines[1:]]

    def _edit_lines(
        self, text: ConfigText, section: Section, values: Mapping[str, str], unset: Collection[str]
    ) -> None:
        """Edit the options where configupdater cannot, with the same result."""
        present = {option.key: option for option in section.options}
        for key in unset:
            self.removed.update(own_lines(text, present[key]))
        for key in values.keys() & present.keys():
            first, *others = own_lines(text, present[key])
            self.replaced[first] = with_value(text.lines[first], values[key])
            self.removed.update(others)
        new = {key: value for key, value in values.items() if key not in present}
        # Indented like the last option, so that no line below becomes a continuation of them.
        indent = indentation(text.lines[section.options[-1].first])
        self.after[section.last] = [text.ends[section.first] + indent + line for line in _option_lines(new)]

    def compose(self, text: ConfigText) -> bytes:
        # A removed line takes the line ending before it along, not the one after it: adding a profile to a file
        # without a final line ending and removing it restores the file.
        end = text.newline
        added = [end + line for line in self.added]
        pieces: list[str] = []
        for number, (before, line) in enumerate(zip(["", *text.ends], text.lines, strict=True)):
            if number not in self.removed:
                pieces.append(before + self.replaced.get(number, line))
            pieces += self.after.get(number, ())
        empty = text.lines == [""]
        keeps_last_end = len(text.lines) > 1 and text.lines[-1] == ""
        at = len(pieces) - 1 if keeps_last_end else len(pieces)
        if added and (empty or at == 0):  # no blank line and no line ending above the first header
            added[:2] = [added[1].removeprefix(end)]
        result = _joined([*pieces[:at], *added, *pieces[at:], end * (empty and bool(added))])
        if 0 in self.removed and (at or not added):  # the new first line has no line ending before it
            result = re.sub(r"\A(\r\n|\r|\n)", "", result)
        return encode(text.bom + result)


def _option_lines(values: Mapping[str, str]) -> list[str]:
    return [f"{key} = {value}" for key, value in values.items()]


def _joined(pieces: Iterable[str]) -> str:
    """The pieces joined; a CR and a LF that meet remain two line endings."""
    result: list[str] = []
    for piece in pieces:
        merge = result and result[-1].endswith("\r") and piece.startswith("\n")
        result.append("\r" + piece[1:] if merge else piece)
    return "".join(result)


def _check(before: ConfigText, after: ConfigText, edits: list[Edit]) -> None:
    """Raise `ConfigConflict` unless edited sections read as intended, and all others as before."""
    edit_of = {edit.section.first: edit for edit in edits if edit.section}
    kept = [
        (section, edit_of.get(section.first))
        for section in before.sections
        if section.first not in edit_of or edit_of[section.first].name is not None
    ]
    added = [edit for edit in edits if edit.section is None]
    expected = [_content(section, edit) for section, edit in kept]
    expected += [(header(edit.name or ""), list(edit.values.items())) for edit in added]
    found = [_content(section) for section in after.sections]
    if found == expected:
        return
    wrong = next(
        number for number in range(len(expected) + 1) if expected[number : number + 1] != found[number : number + 1]
    )
    if len(found) < len(expected) and wrong + 1 < len(kept):
        line = kept[wrong + 1][0].first + 1
        raise ConfigConflict(
            f"line {line} of the config file would be read as part of the profile above it",
            hint=f"remove the indentation of line {line}, then run the command again",
        )
    name = (found if wrong < len(found) else expected)[wrong][0]
    raise ConfigConflict(f"cannot write [{name}] so that AWS tools read the same values")


def _content(section: Section, edit: Edit | None = None) -> tuple[str, list[tuple[str, str]]]:
    """The header and options of a section, as it is or after an edit."""
    options = [(option.key, option.value) for option in section.options]
    if edit is None:
        return section.header, options
    present = {key for key, _ in options}
    options = [(key, edit.values.get(key, value)) for key, value in options if key not in edit.unset]
    options += [(key, value) for key, value in edit.values.items() if key not in present]
    renamed = edit.name is not None and edit.name != section.name
    return header(edit.name or "") if renamed else section.header, options
