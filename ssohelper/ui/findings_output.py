"""The doctor's report as text. Pure."""

from collections import Counter
from collections.abc import Sequence

from ssohelper.findings import Finding, Step
from ssohelper.storage import paths
from ssohelper.ui.output import safe
from ssohelper.ui.terminal import paint

# Findings of one kind often have one cause.
_MAX_PER_KIND = 5


def lines(steps: Sequence[Step], findings: Sequence[Finding], *, color: bool) -> str:
    """The steps that succeeded, the findings, and how many errors and warnings there are."""
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
    return "\n".join([*shown, _verdict(findings)])


def _finding(finding: Finding, *, color: bool) -> list[str]:
    sign = paint("x", "red", color) if finding.severity == "error" else paint("!", "yellow", color)
    return [
        f"{sign} {safe(_place(finding))}{safe(finding.message)}",
        f"    affects  {safe(finding.affects)}",
        f"    fix      {paint(safe(finding.fix), 'cyan', color)}",
    ]


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
