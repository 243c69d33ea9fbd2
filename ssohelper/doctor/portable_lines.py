"""Lines that botocore reads, and for which some SDK refuses the whole file, or reads something else.

Source: the parser's test descriptions that AWS's SDKs share (`profile-parser-tests.json` in the SDK for Rust); for
.NET, the SDK itself.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import Section
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import AwsFile, Checkup
from ssohelper.doctor.tools import dotnet_sdk
from ssohelper.findings import Change, Finding

_COLON = re.compile(r"\s*[^=:]*:")
_SDKS = "the SDKs for Java, Rust and others refuse the whole file"
_ALL_SDKS = "the SDKs for .NET, Java, Rust and others refuse the whole file"
_DOTNET = "the SDK for .NET refuses the whole file"


class _Line(NamedTuple):
    """A line, counted from 0, what is wrong with it, which SDKs that affects, and what fixes it."""

    number: int
    kind: str
    message: str
    affects: str
    fix: Change | str


def check(checkup: Checkup) -> Iterator[Finding]:
    """Such lines in both files."""
    for file in checkup.aws_files:
        for section in file.text.sections:
            for each in (line for find in _FINDERS for line in find(file, section)):
                yield Finding(
                    kind=each.kind,
                    message=each.message,
                    affects=each.affects,
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
            sdks = _ALL_SDKS if dotnet_sdk.refuses(file.text.lines[option.first]) else _SDKS
            fix = fixes.use_equals_sign(file.path, file.text, option)
            yield _Line(option.first, "colon", message, sdks, fix)


def _indented(file: AwsFile, section: Section) -> Iterator[_Line]:
    """An indented line above the first option, or its own: other SDKs take it for the continuation of an option."""
    lines = file.text.lines
    first = section.options[0].first if section.options else section.first
    indented = (number for number in range(section.first + 1, first + 1) if re.match(r"\s+\S", lines[number]))
    number = next(indented, None)
    if number is not None:
        fix = fixes.unindent(file.path, file.text, range(number, section.last + 1))
        yield _Line(number, "indented-line", f"the first lines of [{section.header}] are indented", _SDKS, fix)


def _names_in_blocks(file: AwsFile, section: Section) -> Iterator[_Line]:
    for option in section.options:
        for number in range(option.first + 1, option.last + 1) if option.value.startswith("\n") else ():
            if file.text.lines[number].strip().startswith("="):
                fix = fixes.comment_out(file.path, file.text, number + 1, number + 1)
                yield _Line(number, "empty-name", f"a line below {option.key} has no name", _SDKS, fix)


def _after_header(file: AwsFile, section: Section) -> Iterator[_Line]:
    line = file.text.lines[section.first]
    if not dotnet_sdk.recognizes_header(line):
        message = f"there is text after the header [{section.header}]"
        misread = "the SDK for .NET adds the options below to the section above"
        affects = _DOTNET if dotnet_sdk.refuses(line) else misread
        yield _Line(section.first, "text-after-header", message, affects, file.edit(section))


def _continuations(file: AwsFile, section: Section) -> Iterator[_Line]:
    """Lines that continue a value which is no block of options."""
    for option in section.options:
        if "\n" in option.value and not option.value.startswith("\n"):
            lines = config_text.own_lines(file.text, option)[1:]
            refused = [number for number in lines if dotnet_sdk.refuses(file.text.lines[number])]
            message = f"the value of {option.key} continues on this line"
            what = "a header" if dotnet_sdk.recognizes_header(file.text.lines[lines[0]]) else "an option"
            affects = _DOTNET if refused else f"the SDK for .NET reads this line as {what}"
            yield _Line(
                (refused or lines)[0], "continued-value", message, affects, file.set_value(option, option.value)
            )


_FINDERS = (_after_header, _colons, _indented, _names_in_blocks, _continuations)
