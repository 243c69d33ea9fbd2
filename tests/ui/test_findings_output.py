"""The doctor's report as text."""

from pathlib import Path

import pytest

from ssohelper.findings import Finding, Severity, Step
from ssohelper.ui import findings_output


def finding(severity: Severity = "error", *, kind: str = "k") -> Finding:
    """A finding on line 3 of a file."""
    return Finding(kind=kind, message="m", affects="a", fix="f", severity=severity, file=Path("/etc/config"), line=3)


def test_report() -> None:
    """Steps, findings with their place, and a verdict."""
    text = findings_output.lines([Step("role", "assigned to you")], [finding("warning")], color=False)
    assert text.splitlines() == [
        "ok role  assigned to you",
        "! /etc/config:3: m",
        "    affects  a",
        "    fix      f",
        "0 errors, 1 warning",
    ]


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], "no problems found"),
        (["error"], "1 error, 0 warnings"),
        (["error", "warning", "error"], "2 errors, 1 warning"),
    ],
)
def test_verdict(severities: list[Severity], verdict: str) -> None:
    """The last line counts errors and warnings."""
    text = findings_output.lines([], [finding(each, kind=f"k{n}") for n, each in enumerate(severities)], color=False)
    assert text.splitlines()[-1] == verdict


def test_many_of_a_kind() -> None:
    """Of one kind, five findings are shown, and how many more there are."""
    text = findings_output.lines([], [finding() for _ in range(7)], color=False)
    lines = text.splitlines()
    assert (lines.count("x /etc/config:3: m"), lines[-2:]) == (
        5,
        ["  2 more of the kind k: --json shows all", "7 errors, 0 warnings"],
    )


def test_control_characters() -> None:
    """Text of other people cannot control the terminal."""
    text = findings_output.lines([Step("profile", "a\x1b[31m")], [], color=False)
    assert text.splitlines()[0] == "ok profile  a?[31m"
