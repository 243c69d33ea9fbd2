"""The doctor's report as text."""

from dataclasses import replace
from pathlib import Path

import pytest

from ssohelper.aws_config.config_text import parse
from ssohelper.findings import Change, Finding, Severity, Step
from ssohelper.ui import findings_output
from ssohelper.ui.look import Look


def finding(severity: Severity = "error", *, kind: str = "k") -> Finding:
    """A finding on line 3 of a file."""
    return Finding(kind=kind, message="m", affects="a", fix="f", severity=severity, file=Path("/etc/config"), line=3)


def test_report() -> None:
    """Steps, findings with their place, and a verdict."""
    text = findings_output.lines([Step("role", "assigned to you")], [finding("warning")], look=Look())
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
    text = findings_output.lines([], [finding(each, kind=f"k{n}") for n, each in enumerate(severities)], look=Look())
    assert text.splitlines()[-1] == verdict


def test_many_of_a_kind() -> None:
    """Of one kind, five findings are shown, and how many more there are."""
    text = findings_output.lines([], [finding() for _ in range(7)], look=Look())
    lines = text.splitlines()
    assert (lines.count("x /etc/config:3: m"), lines[-2:]) == (
        5,
        ["  2 more of the kind k: --json shows all", "7 errors, 0 warnings"],
    )


def test_control_characters() -> None:
    """Text of other people cannot control the terminal."""
    text = findings_output.lines([Step("profile", "a\x1b[31m")], [], look=Look())
    assert text.splitlines()[0] == "ok profile  a?[31m"


def test_fix_in_words() -> None:
    """A change of a file is shown in words, with the command that makes it."""
    change = Change(Path("/etc/config"), "comment out line 3", {2: "# x"})
    text = findings_output.lines([], [replace(finding(), fix=change)], look=Look())
    assert text.splitlines()[2] == "    fix      comment out line 3 (ssohelper doctor --fix)"


SECRETS = b"""\
[profile x]
region = a
aws_secret_access_key = hidden
  hidden
hidden
# aws_session_token = hidden
[profile y]
region = b
stray
region us-east-1
"""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (1, "    2 - region = a"),
        (2, "    3 - aws_secret_access_key = ***"),
        (3, "    4 -   ***"),
        (4, "    5 - ***"),
        (5, "    6 - # aws_session_token = ***"),
        (7, "    8 - region = b"),
        (8, "    9 - ***"),
        (9, "    10 - region us-east-1"),
    ],
)
def test_change(line: int, shown: str) -> None:
    """A change is like a diff, in which secrets, and what may be a part of one, are hidden."""
    text = parse(SECRETS)
    change = Change(Path("/etc/config"), "comment out", {line: f"# {text.lines[line]}"})
    lines = findings_output.proposal(finding(), change, text, look=Look()).splitlines()
    assert lines == ["x /etc/config:3: m", "    comment out", shown, shown.replace("- ", "+ # ", 1)]


def test_control_characters_of_a_line() -> None:
    """Lines of the file cannot act on the terminal."""
    text = parse(b"[a]\nregion = \x1b[2J\n")
    shown = findings_output.proposal(finding(), Change(Path("/f"), "s", {1: "region = x"}), text, look=Look())
    assert shown.splitlines()[2:] == ["    2 - region = ?[2J", "    2 + region = x"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("aws_sesion_token = x", "aws_session_token = x", ["aws_sesion_token = ***", "aws_session_token = ***"]),
        ("sso_sesion = acme", "sso_session = acme", ["sso_sesion = acme", "sso_session = acme"]),
        ("profile x]", "[profile x]", ["***", "[profile x]"]),
    ],
)
def test_renamed(before: str, after: str, shown: list[str]) -> None:
    """Either side of a change hides its value, unless its own key is known to hold no secret."""
    change = Change(Path("/f"), "s", {0: after})
    lines = findings_output.proposal(finding(), change, parse(before.encode()), look=Look()).splitlines()
    assert [line.partition("- " if "- " in line else "+ ")[2] for line in lines[2:]] == shown
