"""Lines that botocore reads, and for which some SDK refuses the whole file."""

import re
from collections.abc import Iterator

from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import AwsFile, Checkup
from ssohelper.findings import Finding

_COLON = re.compile(r"\s*[^=:]*:")


def check(checkup: Checkup) -> Iterator[Finding]:
    """Options with `:` instead of `=`, and indented comments below a header."""
    for file in (checkup.config, checkup.credentials)[: 1 + (checkup.config.path != checkup.credentials.path)]:
        yield from _colons(file)
        yield from _indented_comments(file)


def _colons(file: AwsFile) -> Iterator[Finding]:
    for section in file.text.sections:
        for option in section.options:
            if _COLON.match(file.text.lines[option.first]):
                yield Finding(
                    kind="colon",
                    message=f"{option.key} is set with `:` instead of `=`",
                    affects="the SDK for JavaScript ignores the line, that for Java refuses the whole file",
                    fix=fixes.use_equals_sign(file.path, file.text, option),
                    severity="warning",
                    file=file.path,
                    line=option.first + 1,
                    profile=section.name if section.kind == "profile" else None,
                )


def _indented_comments(file: AwsFile) -> Iterator[Finding]:
    lines = file.text.lines
    for section in file.text.sections:
        below = section.first + 1
        if below < len(lines) and re.match(r"\s+[#;]", lines[below]):
            yield Finding(
                kind="indented-comment",
                message="a comment below a section header is indented",
                affects="the SDK for Java: it refuses the whole file",
                fix=fixes.unindent(file.path, file.text, below + 1),
                severity="warning",
                file=file.path,
                line=below + 1,
            )
