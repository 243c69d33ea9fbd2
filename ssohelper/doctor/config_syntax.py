"""Whether AWS's tools can read the config file and the credentials file at all."""

import re
from collections.abc import Iterator
from pathlib import Path

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText, SyntaxProblem
from ssohelper.doctor import fixes
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

# A header without its bracket; a value that continues on the next line would be indented.
_UNCLOSED = re.compile(r"\[[^]]*")
_MAX_ERRORS = 20


def check_config(checkup: Checkup) -> Iterator[Finding]:
    """Why the config file cannot be read. With one of these findings, its sections may not be what they seem."""
    path, text, problem = checkup.config.path, checkup.config.text, checkup.config.problem
    if problem:
        yield Finding(
            kind="config-unreadable",
            message=str(problem),
            affects="every tool",
            fix=f"ls -ld {fixes.shell_path(path)}",
            file=path,
        )
    elif "\r" in text.ends:
        yield Finding(
            kind="line-endings",
            message="lines end with a carriage return (CR) alone",
            affects="the SDK for JavaScript reads the whole file as one line; other tools count lines differently",
            fix=fixes.convert_line_endings(path),
            file=path,
            line=text.ends.index("\r") + 1,
        )
    else:  # otherwise no command could address a line
        yield from list(_unclosed_headers(path, text)) or _syntax_errors(path, text)


def check_credentials(checkup: Checkup) -> Iterator[Finding]:
    """Syntax errors of the credentials file."""
    yield from _syntax_errors(checkup.credentials.path, checkup.credentials.text)


def _unclosed_headers(path: Path, text: ConfigText) -> Iterator[Finding]:
    for number, line in enumerate(text.lines, 1):
        if _UNCLOSED.fullmatch(line):
            yield Finding(
                kind="unclosed-header",
                message="a section header has no closing bracket",
                affects="every tool: the lines below are read as part of the section above, or the file is refused",
                fix=fixes.close_header(path, number),
                file=path,
                line=number,
            )


def _syntax_errors(path: Path, text: ConfigText) -> Iterator[Finding]:
    """What keeps botocore from reading the file; each found with those before it fixed."""
    for _ in range(_MAX_ERRORS):
        problem = text.problem
        if problem is None:
            return
        first, last = _lines_to_remove(text, problem)
        fix = fixes.remove_byte_order_mark(path) if text.bom else fixes.comment_out(path, text.lines, first, last)
        yield Finding(
            kind="syntax-error",
            message=problem.what + (f" (first on line {first})" if first < problem.line else ""),
            affects="the AWS CLI, boto3 and all tools based on them: they cannot read the file",
            fix=fix,
            file=path,
            line=problem.line,
        )
        lines = [*text.lines]
        if not text.bom:
            lines[first - 1 : last] = [f"# {line}" for line in lines[first - 1 : last]]
        text = config_text.parse(config_text.encode("\n".join(lines)))


def _lines_to_remove(text: ConfigText, problem: SyntaxProblem) -> tuple[int, int]:
    """The first and last line to remove, from 1. Of a duplicate option, it is the one that other tools ignore."""
    for section in text.sections:
        if section.first + 1 == problem.line:
            return problem.line, section.last + 1
        duplicate = next((each for each in section.options if each.first + 1 == problem.line), None)
        if duplicate is not None:
            earlier = next(each for each in section.options if each.key == duplicate.key)
            return earlier.first + 1, earlier.last + 1
    return problem.line, problem.line
