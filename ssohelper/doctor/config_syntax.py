"""Whether AWS's tools can read the config file and the credentials file at all."""

import re
from collections.abc import Iterator
from pathlib import Path

from ssohelper.aws_config import config_text
from ssohelper.aws_config.config_text import ConfigText, SyntaxProblem
from ssohelper.doctor import fixes, tools
from ssohelper.doctor.checkup import Checkup
from ssohelper.findings import Finding

# A header without its bracket; a value that continues on the next line would be indented.
_UNCLOSED = re.compile(r"\[[^]=]*")
# One that lost a bracket, or has another kind of them.
_LIKE_A_HEADER = re.compile(r"[\[({<]?\s*((?:profile|sso-session)\s+[^][=:(){}<>]+?)\s*[\])}>]?")
_MAX_ERRORS = 20
_UNREADABLE = f"{tools.BOTOCORE}: they cannot read the file"


def check_config(checkup: Checkup) -> Iterator[Finding]:
    """Why the config file cannot be read. With one of these findings, its sections may not be what they seem."""
    path, problem = checkup.config.path, checkup.config.problem
    if problem:
        yield Finding(
            kind="config-unreadable",
            message=str(problem),
            affects="every tool",
            fix=fixes.on_file(path, "ls", "-ld"),
            file=path,
        )
    else:
        yield from _syntax(path, checkup.config.text)


def check_credentials(checkup: Checkup) -> Iterator[Finding]:
    """Why the credentials file cannot be read."""
    if checkup.credentials.path != checkup.config.path:
        yield from _syntax(checkup.credentials.path, checkup.credentials.text)


def _syntax(path: Path, text: ConfigText) -> Iterator[Finding]:
    """What is wrong with the file as a whole; only where that is nothing, with its lines."""
    yield from list(_encoding(path, text)) or list(_unclosed_headers(path, text)) or _syntax_errors(path, text)


def _encoding(path: Path, text: ConfigText) -> Iterator[Finding]:
    problem, utf16 = text.problem, fixes.utf16(config_text.unparse(text)) is not None
    if problem and (problem.of_encoding or utf16):
        yield Finding(
            kind="encoding",
            message="the file is UTF-16 text, as PowerShell writes it" if utf16 else f"the file {problem.what}",
            affects=_UNREADABLE,
            fix=fixes.save_as_utf8(path, text) or fixes.open_editor(path, problem.line),
            file=path,
            line=problem.line,
        )
    elif "\r" in text.ends:
        yield Finding(
            kind="line-endings",
            message="lines end with a carriage return (CR) alone",
            affects="the SDK for JavaScript reads the whole file as one line; other tools count lines differently",
            fix=fixes.convert_line_endings(path, text),
            file=path,
            line=text.ends.index("\r") + 1,
        )


def _unclosed_headers(path: Path, text: ConfigText) -> Iterator[Finding]:
    for number, line in enumerate(text.lines, 1):
        like_header = _LIKE_A_HEADER.fullmatch(line.rstrip())
        if like_header and line.rstrip() != f"[{like_header[1]}]" and not line.startswith("["):
            yield Finding(
                kind="unclosed-header",
                message=f"a section header has no brackets: expected [{like_header[1]}]",
                affects="every tool: the lines below are read as part of the section above, or the file is refused",
                fix=fixes.set_line(path, number, f"[{like_header[1]}]"),
                file=path,
                line=number,
            )
        elif _UNCLOSED.fullmatch(line):
            yield Finding(
                kind="unclosed-header",
                message="a section header has no closing bracket",
                affects="every tool: the lines below are read as part of the section above, or the file is refused",
                fix=fixes.close_header(path, text, number),
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
        change = fixes.comment_out(path, text, first, last)
        yield Finding(
            kind="syntax-error",
            message=problem.what + (f" (first on line {first})" if first < problem.line else ""),
            affects=_UNREADABLE,
            fix=change,
            file=path,
            line=problem.line,
        )
        text = config_text.parse(fixes.apply(text, [change]))


def _lines_to_remove(text: ConfigText, problem: SyntaxProblem) -> tuple[int, int]:
    """The first and last line to remove, from 1. Of a duplicate option, it is the one that other tools ignore."""
    for section in text.sections:
        if section.first + 1 == problem.line:
            return problem.line, section.last + 1
        duplicate = next((each for each in section.options if each.first + 1 == problem.line), None)
        if duplicate is not None:
            earlier = next(each for each in section.options if each.key == duplicate.key)
            return earlier.first + 1, earlier.last + 1
        for option in section.options:
            if option.first + 1 < problem.line <= option.last + 1 and len(config_text.own_lines(text, option)) == 2:
                return option.first + 1, option.last + 1  # nothing would be left of the block
    return problem.line, problem.line
