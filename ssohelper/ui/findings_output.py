"""The doctor's report, and the changes that it makes, as text. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ssohelper.aws_config.config_text import ConfigText
from ssohelper.findings import FIX_COMMAND, Change, Finding, Step, may_be_shown
from ssohelper.storage import paths
from ssohelper.ui.output import safe
from ssohelper.ui.terminal import paint

# Findings of one kind often have one cause.
_MAX_PER_KIND = 5
_BEFORE_VALUE = re.compile(r"[#;\s]*(?:[\w.-]+\s*[=:]\s*)?")


def lines(steps: Sequence[Step], findings: Sequence[Finding], unsupported: Sequence[str] = (), *, color: bool) -> str:
    """The steps that succeeded, the findings, how many errors and warnings there are, and `unsupported` clients."""
    width = max((len(each.name) for each in steps), default=0)
    shown = [f"{paint('ok', 'green', color)} {each.name:{width}}  {safe(each.detail)}" for each in steps]
    seen = Counter[str]()
    for each in findings:
        seen[each.kind] += 1
        if seen[each.kind] <= _MAX_PER_KIND:
            shown += _finding(each, color=color)
    shown += [
        f"  {number - _MAX_PER_KIND} more of the kind {kind}: --json shows all"
        for kind, number in seen.items()
        if number > _MAX_PER_KIND
    ]
    note = [f"not supported by this profile (use ssohelper exec): {', '.join(unsupported)}"] if unsupported else []
    return "\n".join([*shown, _verdict(findings), *note])


def _finding(finding: Finding, *, color: bool) -> list[str]:
    return [
        _headline(finding, color=color),
        f"    affects  {safe(finding.affects)}",
        f"    fix      {_fix(finding.fix, color=color)}",
    ]


def proposal(finding: Finding, change: Change, text: ConfigText, *, color: bool) -> str:
    """A finding, and the change that fixes it like a diff, without the values of secrets."""
    shown = [_headline(finding, color=color), f"    {safe(change.summary)}"]
    return "\n".join([*shown, *_diff(change, text, color=color)])


def _diff(change: Change, text: ConfigText, *, color: bool) -> Iterator[str]:
    width = len(str(max(change.lines, default=0) + 1))
    for number, new in sorted(change.lines.items()):
        for sign, style, line in (("-", "red", text.lines[number]), ("+", "green", new)):
            shown = _hidden(line) if _hides_value(line) else line
            yield paint(f"    {number + 1:{width}} {sign} {safe(shown)}".rstrip(), style, color)


def _hides_value(line: str) -> bool:
    """Whether a line may show a secret: it is neither a header nor starts with a harmless key, commented or not."""
    plain = line.lstrip("#; \t")
    key = re.split(r"[\s=:]", plain, maxsplit=1)[0]
    return not plain.startswith("[") and not may_be_shown(key.lower())


def _hidden(line: str) -> str:
    """A line without its value; of a credential_process, the program is left."""
    before = _BEFORE_VALUE.match(line)
    assert before is not None  # the pattern matches the empty string
    program = re.match(r"\S+", line[before.end() :]) if "credential_process" in before[0].lower() else None
    return f"{before[0]}{f'{program[0]} ' if program else ''}***"


def _fix(fix: Change | str, *, color: bool) -> str:
    if isinstance(fix, Change):
        return f"{safe(fix.summary)} ({paint(FIX_COMMAND, 'cyan', color)})"
    return paint(safe(fix), "cyan", color)


def _headline(finding: Finding, *, color: bool) -> str:
    sign = paint("x", "red", color) if finding.severity == "error" else paint("!", "yellow", color)
    return f"{sign} {safe(_place(finding))}{safe(finding.message)}"


def _place(finding: Finding) -> str:
    """`~/.aws/config:12: `, or nothing if it is in no file."""
    if finding.file is None:
        return ""
    return paths.shown(finding.file) + (f":{finding.line}: " if finding.line else ": ")


def _verdict(findings: Sequence[Finding]) -> str:
    if not findings:
        return "no problems found"
    errors = sum(each.severity == "error" for each in findings)
    return f"{_number(errors, 'error')}, {_number(len(findings) - errors, 'warning')}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
