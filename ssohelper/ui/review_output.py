"""The report of a review as text, as Markdown and as JSON data. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from ssohelper.findings import Finding as Shown
from ssohelper.permission_sets.findings import Finding
from ssohelper.permission_sets.inventory import Inventory
from ssohelper.permission_sets.review import Report
from ssohelper.permission_sets.rules.wording import counted
from ssohelper.storage import timestamps
from ssohelper.ui import findings_output
from ssohelper.ui.look import Look
from ssohelper.ui.output import safe

# Characters that mean something in Markdown.
_MARKDOWN = re.compile(r"[\\`*_\[\]<>~&#!]")
# In a table, even in code.
_BAR = r"\|"
# Words that become links or mentions on GitHub however they are escaped, but not as code.
_LINKS = re.compile(r"(\S*(?:@|#\d|www\.|://|mailto:|xmpp:)\S*)", re.IGNORECASE)


def lines(inventory: Inventory, report: Report, look: Look) -> Iterator[str]:
    """The findings, how many there are, and what was not reviewed."""
    yield findings_output.lines([], [_shown(each) for each in report.findings], look=look)
    yield look.wrap(_counted(inventory, report))
    for each in report.not_reviewed:
        yield look.wrap(f"not reviewed: {safe(each)}")


def as_json(inventory: Inventory, report: Report) -> dict[str, Any]:
    """The report as JSON data: docs/findings.md documents it."""
    return {
        "schema": "ssohelper/review/1",
        "read_at": timestamps.written(inventory.read_at),
        "complete": not inventory.unread,
        "unread": [each._asdict() for each in inventory.unread],
        "not_reviewed": list(report.not_reviewed),
        "counts": counts(inventory, report),
        "findings": [_record(each) for each in report.findings],
        "accepted": [{**_record(each.finding), "why": each.why} for each in report.accepted],
    }


def markdown(inventory: Inventory, report: Report) -> str:
    """The report as Markdown, with a table of findings."""
    parts = [
        "# Review of permission sets",
        "",
        f"Read at {timestamps.written(inventory.read_at)}: {_counted(inventory, report)}.",
        "",
        "| Severity | Permission set | Finding | Affects | What to do | Kind |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    parts += [_markdown_row(each) for each in report.findings]
    if report.accepted:
        parts += ["", "## Accepted", "", "| Permission set | Finding | Why | Kind |", "| --- | --- | --- | --- |"]
        parts += [
            _cells(each.finding.permission_set or "", each.finding.message, each.why, each.finding.kind)
            for each in report.accepted
        ]
    incomplete = [f"{each.what} ({each.reason})" for each in inventory.unread]
    for title, found in (("Could not be read", incomplete), ("Not reviewed", report.not_reviewed)):
        if found:
            parts += ["", f"## {title}", "", *(f"- {escaped(each)}" for each in found)]
    return "\n".join(parts)


def escaped(text: str) -> str:
    """A text that shows in Markdown as it is, on one line; what could become a link stands as code."""
    parts = _LINKS.split(safe(text.replace("\n", " ")))
    return "".join(_code(part) if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", text)


def _code(word: str) -> str:
    """A word as code, between more backticks than it has in a row."""
    fence = "`" * (max(map(len, re.findall("`+", word)), default=0) + 1)
    space = " " if "`" in (word[0], word[-1]) else ""
    return f"{fence}{space}{word}{space}{fence}"


def counts(inventory: Inventory, report: Report) -> dict[str, int]:
    """How much was read, and found."""
    errors = sum(each.severity == "error" for each in report.findings)
    assignments = sum(map(len, inventory.assignments.values())) + len(inventory.group_assignments)
    return {
        "permission_sets": len(inventory.permission_sets),
        "assignments": assignments,
        "accounts": len(inventory.accounts),
        "errors": errors,
        "warnings": len(report.findings) - errors,
        "accepted": len(report.accepted),
    }


def _counted(inventory: Inventory, report: Report) -> str:
    found = counts(inventory, report)
    accepted = f"; {found['accepted']} accepted in config.toml" if found["accepted"] else ""
    numbers = (
        counted(found[name], noun)
        for name, noun in (
            ("permission_sets", "permission set"),
            ("assignments", "assignment"),
            ("accounts", "account"),
        )
    )
    return f"{', '.join(numbers)}{accepted}"


def _shown(finding: Finding) -> Shown:
    """The finding as the doctor's report shows it."""
    name = f"{finding.permission_set}: " if finding.permission_set else ""
    return Shown(
        kind=finding.kind,
        severity=finding.severity,
        message=f"{name}{finding.message} ({finding.kind})",
        affects=finding.affects,
        fix=finding.fix,
    )


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "practice": finding.practice,
        "permission_set": finding.permission_set,
        "accounts": list(finding.accounts),
        "principals": list(finding.principals),
        "what": finding.message,
        "affects": finding.affects,
        "fix": finding.fix,
        "evidence": dict(finding.evidence),
    }


def _markdown_row(finding: Finding) -> str:
    name = finding.permission_set or ""
    return _cells(finding.severity, name, finding.message, finding.affects, finding.fix, finding.kind)


def _cells(*texts: str) -> str:
    return f"| {' | '.join(escaped(each).replace('|', _BAR) for each in texts)} |"
