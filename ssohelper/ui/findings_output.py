"""The doctor's report, and the changes that it makes, as text. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ssohelper.aws_config.config_text import ConfigText
from ssohelper.findings import FIX_COMMAND, Change, Finding, Step, may_be_shown
from ssohelper.storage import paths
from ssohelper.ui.look import Look
from ssohelper.ui.output import safe

# Findings of one kind often have one cause.
_MAX_PER_KIND = 5
# How a step is marked, and the color, by whether it is ok.
_MARKS = {True: ("ok", "green"), False: ("x", "red"), None: ("?", "yellow")}
_AFFECTS, _FIX = "    affects  ", "    fix      "
_BEFORE_VALUE = re.compile(r"[#;\s]*(?:[\w.-]+\s*[=:]\s*)?")


def lines(steps: Sequence[Step], findings: Sequence[Finding], unsupported: Sequence[str] = (), *, look: Look) -> str:
    """The steps that succeeded, the findings, how many errors and warnings there are, and `unsupported` clients."""
    shown = step_lines(steps, look)
    seen = Counter[str]()
    for each in findings:
        seen[each.kind] += 1
        if seen[each.kind] <= _MAX_PER_KIND:
            shown += _finding(each, look)
    shown += [
        f"  {number - _MAX_PER_KIND} more of the kind {kind}: --json shows all"
        for kind, number in seen.items()
        if number > _MAX_PER_KIND
    ]
    note = f"not supported by this profile (use ssohelper exec): {', '.join(unsupported)}"
    return "\n".join([*shown, _verdict(findings), *([look.wrap(note)] if unsupported else [])])


def step_lines(steps: Sequence[Step], look: Look) -> list[str]:
    """The steps, one a line, each marked by whether it is ok."""
    width = max((len(each.name) for each in steps), default=0)
    return [_step(each, width, look) for each in steps]


def _step(step: Step, width: int, look: Look) -> str:
    before = len("ok ") + width + len("  ")
    detail = look.wrap(safe(step.detail), " " * before, before=before)
    mark, color = _MARKS[step.ok]
    return f"{look.paint(mark, color)}{' ' * (3 - len(mark))}{step.name:{width}}  {detail}"


def _finding(finding: Finding, look: Look) -> list[str]:
    return [
        _headline(finding, look),
        f"{_AFFECTS}{look.wrap(safe(finding.affects), ' ' * len(_AFFECTS), before=len(_AFFECTS))}",
        f"{_FIX}{_fix(finding.fix, look)}",
    ]


def proposal(finding: Finding, change: Change, text: ConfigText, look: Look) -> str:
    """A finding, and the change that fixes it like a diff, without the values of secrets."""
    shown = [_headline(finding, look), look.wrap(f"    {safe(change.summary)}", "    ")]
    return "\n".join([*shown, *_diff(change, text, look)])


def _diff(change: Change, text: ConfigText, look: Look) -> Iterator[str]:
    width = len(str(max(change.lines, default=0) + 1))
    for number, new in sorted(change.lines.items()):
        for sign, style, line in (("-", "red", text.lines[number]), ("+", "green", new)):
            shown = _hidden(line) if _hides_value(line) else line
            yield look.paint(f"    {number + 1:{width}} {sign} {safe(shown)}".rstrip(), style)


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


def _fix(fix: Change | str, look: Look) -> str:
    if isinstance(fix, Change):
        shown = look.wrap(f"{safe(fix.summary)} ({FIX_COMMAND})", " " * len(_FIX), before=len(_FIX))
        return shown.replace(FIX_COMMAND, look.paint(FIX_COMMAND, "cyan"))
    return look.paint(safe(fix), "cyan")


def _headline(finding: Finding, look: Look) -> str:
    sign = look.paint("x", "red") if finding.severity == "error" else look.paint("!", "yellow")
    return f"{sign} {look.wrap(safe(f'{_place(finding)}{finding.message}'), before=2)}"


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
