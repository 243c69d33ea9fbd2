"""What is different between two versions of a config file, section by section. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from ssohelper.aws_config.config_text import ConfigText


class Kind(StrEnum):
    """How a section is different."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class SectionChange(NamedTuple):
    """A section that is different, by what stands in the brackets of its header."""

    kind: Kind
    header: str


def between(before: ConfigText, after: ConfigText) -> list[SectionChange]:
    """The sections that are different: removed ones first, then those of `after` in its order."""
    old, new = _sections(before), _sections(after)
    removed = [SectionChange(Kind.REMOVED, header) for header in old if header not in new]
    return removed + [
        SectionChange(Kind.CHANGED if header in old else Kind.ADDED, header)
        for header, lines in new.items()
        if old.get(header) != lines
    ]


def _sections(text: ConfigText) -> Mapping[str, list[str]]:
    """The lines of each section without blank ones at their ends; those of several with one header together."""
    found: dict[str, list[str]] = {}
    for section in text.sections:
        lines = [line.strip() for line in text.lines[section.first : section.last + 1]]
        found.setdefault(section.header, []).extend(filter(None, lines))
    return found
