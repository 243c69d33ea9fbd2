"""Warnings and notes of `sync`: what they say, in singular and plural, and when they say nothing."""

from pathlib import Path

import pytest

from ssohelper.aws_config.config_text import parse
from ssohelper.roles import Account, Role, RoleRef
from ssohelper.settings.config_toml import ConfigToml
from ssohelper.settings.model import Rule, Settings
from ssohelper.sync.adoption import NOT_ASSIGNED, NotAdopted
from ssohelper.sync.discovery import Discovery, Unlisted
from ssohelper.sync.plan import Action, Plan, Step
from ssohelper.ui import sync_notes

PROD, DEV = Account("111122223333", "payments-prod"), Account("444455556666", "payments-dev")
ROLES = (Role(PROD, "Admin"), Role(PROD, "ReadOnly"), Role(DEV, "Admin"))
CONFIG = b"""\
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1

# BEGIN_AWS_SSO_CLI
[profile in-block]
region = us-east-1
# END_AWS_SSO_CLI

[profile other]
region = us-east-1
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home folder, and no colour."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("AWS_CONFIG_FILE", "XDG_CONFIG_HOME", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def notes(capsys: pytest.CaptureFixture[str]) -> "Notes":
    """What was printed."""
    return Notes(capsys)


class Notes:
    """The lines on stderr; nothing may be on stdout."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def lines(self) -> list[str]:
        """The lines since the last time."""
        stdout, stderr = self._capsys.readouterr()
        assert stdout == ""
        return [line.removeprefix("ssohelper: ") for line in stderr.splitlines()]


def steps(action: Action, number: int) -> tuple[Step, ...]:
    """So many steps, for roles of their own."""
    return tuple(Step(action, f"p{n}", RoleRef("acme", PROD.id, f"R{n}")) for n in range(number))


def test_settings(notes: Notes) -> None:
    """Settings for a session that is not configured."""
    settings = ConfigToml(Path("~/.config/ssohelper/config.toml").expanduser(), b"[sessions.amce]\n[sessions.acme]\n")
    sync_notes.warn_about_settings(parse(CONFIG), settings)
    assert notes.lines() == [
        "~/.config/ssohelper/config.toml: sso-session 'amce' not found in ~/.aws/config; did you mean acme?"
    ]


def test_option_globs(notes: Notes) -> None:
    """A glob that matches no role is named with its option; if it is for roles, so is the right one."""
    globs = {"--include": ("payments-*", "paymets-*", "Admin"), "--exclude": ("*/ReadOnly", "*/Nobody")}
    sync_notes.warn_about_option_globs(ROLES, globs)
    assert notes.lines() == [
        "--include 'paymets-*' matches none of your 3 roles",
        "--include 'Admin' matches none of your 3 roles; for roles use '*/Admin'",
        "--exclude '*/Nobody' matches none of your 3 roles",
    ]


def test_settings_globs(notes: Notes) -> None:
    """Globs in config.toml are named only if they have a role where an account is expected, each once."""
    settings = Settings(
        include=("*", "other-company-*"),
        exclude=("ReadOnly", "ReadOnly"),
        sensitive_roles=("Admin", "payments-prod/Admin"),
        rules=(Rule("Admin"), Rule("payments-*")),
    )
    sync_notes.warn_about_settings_globs(ROLES, settings)
    assert notes.lines() == [
        "sensitive_roles = 'Admin' in config.toml matches no account; for roles use '*/Admin'",
        "exclude = 'ReadOnly' in config.toml matches no account; for roles use '*/ReadOnly'",
        "match = 'Admin' in config.toml matches no account; for roles use '*/Admin'",
    ]


def test_omitted(notes: Notes) -> None:
    """Sensitive roles without a profile."""
    for number in (0, 1, 2):
        sync_notes.show_omitted(number)
    assert notes.lines() == [
        "1 sensitive role gets no profile: ssohelper sync --sensitive adds it",
        "2 sensitive roles get no profile: ssohelper sync --sensitive adds them",
    ]


def test_adoptable(notes: Notes) -> None:
    """Profiles to add for roles that have another profile already."""
    plan = Plan("acme", steps(Action.ADD, 3))
    roles = [step.role for step in plan.steps if step.role]
    for adoptable in ([], roles[:1], roles[:2], [RoleRef("acme", DEV.id, "Admin")]):
        sync_notes.show_adoptable(plan, adoptable)
    assert notes.lines() == [
        "1 of these roles already has a profile: ssohelper sync --adopt uses it instead",
        "2 of these roles already have a profile: ssohelper sync --adopt uses them instead",
    ]
    sync_notes.show_adoptable(Plan("acme", steps(Action.KEEP, 3)), roles)
    assert notes.lines() == []


@pytest.mark.parametrize(
    ("number", "note"),
    [
        (1, "1 profile is for a role not assigned to you: p0"),
        (5, "5 profiles are for roles not assigned to you: p0, p1, p2, p3, p4"),
        (6, "6 profiles are for roles not assigned to you: p0, p1, p2, p3, p4, ..."),
    ],
)
def test_not_assigned(notes: Notes, number: int, note: str) -> None:
    """Profiles of others that cannot be adopted; of many, the first five are named."""
    role = RoleRef("acme", PROD.id, "Gone")
    found = [NotAdopted(f"p{n}", 7 + n, role, "granted", NOT_ASSIGNED) for n in range(number)]
    another = NotAdopted("q", 99, role, "granted", "has a comment")
    sync_notes.show_adoption(parse(CONFIG), Plan("acme", (), not_adopted=(*found, another)))
    assert notes.lines() == [note]


def test_adopted_in_the_block_of_another_tool(notes: Notes) -> None:
    """An adopted profile between the markers of aws-sso-cli would be overwritten by it."""
    text = parse(CONFIG)
    sections = {each.name: each for each in text.of_kind("profile")}
    role = RoleRef("acme", PROD.id, "Admin")
    for name in ("other", "in-block"):
        sync_notes.show_adoption(text, Plan("acme", (Step(Action.ADOPT, name, role, section=sections[name]),)))
    assert notes.lines() == [
        "1 profile is in the block of aws-sso-cli: `aws-sso setup profiles` would undo the adoption",
        "hint: remove the lines # BEGIN_AWS_SSO_CLI and # END_AWS_SSO_CLI from ~/.aws/config",
    ]


def test_unlisted(notes: Notes) -> None:
    """Accounts that could not be listed are counted."""
    sync_notes.show_unlisted(Discovery((PROD, DEV), (), (Unlisted(DEV, "HTTP 503"),)))
    assert notes.lines() == ["1 of 2 accounts could not be listed", "hint: try again later"]
