"""Lines that botocore reads, and for which some SDK refuses the whole file, or reads something else.

Source: the parser's test descriptions that AWS's SDKs share (`profile-parser-tests.json` in the SDK for Rust).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ssohelper.aws_config.config_text import Section
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import AwsFile, Checkup
from ssohelper.findings import Change, Finding

_COLON = re.compile(r"\s*[^=:]*:")


class _Line(NamedTuple):
    """A line, counted from 0, what is wrong with it, and what fixes that."""

    number: int
    kind: str
    message: str
    fix: Change


def check(checkup: Checkup) -> Iterator[Finding]:
    """Such lines in both files."""
    for file in checkup.aws_files:
        for section in file.text.sections:
            for each in (*_colons(file, section), *_indented(file, section), *_names_in_blocks(file, section)):
                yield Finding(
                    kind=each.kind,
                    message=each.message,
                    affects="the SDKs for Java, Rust and others refuse the whole file",
                    fix=each.fix,
                    severity="warning",
                    file=file.path,
                    line=each.number + 1,
                    profile=section.header if file is not checkup.config else section.name or None,
                )


def _colons(file: AwsFile, section: Section) -> Iterator[_Line]:
    for option in section.options:
        if _COLON.match(file.text.lines[option.first]):
            message = f"{option.key} is set with `:` instead of `=`"
            yield _Line(option.first, "colon", message, fixes.use_equals_sign(file.path, file.text, option))


def _indented(file: AwsFile, section: Section) -> Iterator[_Line]:
    """An indented line above the first option, or its own: other SDKs take it for the continuation of an option."""
    lines = file.text.lines
    first = section.options[0].first if section.options else section.first
    indented = (number for number in range(section.first + 1, first + 1) if re.match(r"\s+\S", lines[number]))
    number = next(indented, None)
    if number is not None:
        fix = fixes.unindent(file.path, file.text, range(number, section.last + 1))
        yield _Line(number, "indented-line", f"the first lines of [{section.header}] are indented", fix)


def _names_in_blocks(file: AwsFile, section: Section) -> Iterator[_Line]:
    for option in section.options:
        for number in range(option.first + 1, option.last + 1) if option.value.startswith("\n") else ():
            if file.text.lines[number].strip().startswith("="):
                fix = fixes.comment_out(file.path, file.text, number + 1, number + 1)
                yield _Line(number, "empty-name", f"a line below {option.key} has no name", fix)
