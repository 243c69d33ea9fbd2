"""config.toml."""

import pytest

from tests.fixtures.doctor_runs import HEALTHY_PROFILE, check_fix, findings
from tests.fixtures.home import Home

EDIT = "${EDITOR:-vi} ~/.config/ssohelper/config.toml"


@pytest.fixture
def healthy(healthy: Home) -> Home:
    """The home folder, with a folder for config.toml."""
    healthy.settings.parent.mkdir(parents=True)
    return healthy


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("text", "line", "edit"),
    [
        ('[defaults]\nstile = "sso"\n', 2, "s/stile/style/"),
        ('[session.acme]\nstyle = "sso"\n', 1, "s/session/sessions/"),
        ('[[sessions.acme.rule]]\nmatch = "*"\n', 1, "s/rule/rules/"),
        # A setting that protects roles is not removed either.
        ('[defaults]\nsensitive_roles = "*/Admin"\n', 2, 's/"[*].*"/["*\\/Admin"]/'),
    ],
)
def test_invalid_setting(healthy: Home, text: str, line: int, edit: str) -> None:
    """An invalid setting is corrected by the user, in an editor at its line."""
    healthy.settings.write_text(text)
    (found,) = findings(healthy, "--offline")
    assert (found["kind"], found["line"], found["fix"]) == (
        "invalid-settings",
        line,
        EDIT.replace("vi} ", f"vi}} +{line} "),
    )
    check_fix(healthy, "--offline", edit=edit)


def test_message_of_an_unknown_setting(healthy: Home) -> None:
    """The setting that was probably meant is named in words."""
    healthy.settings.write_text('[defaults]\nstile = "sso"\n')
    (found,) = findings(healthy, "--offline")
    assert found["message"] == "unknown setting stile; did you mean style?"


def test_with_a_profile(healthy: Home) -> None:
    """With invalid settings, no step to a profile's credentials is tried."""
    healthy.settings.write_text('[defaults]\nstore = "paper"\n')
    assert [each["kind"] for each in findings(healthy, HEALTHY_PROFILE)] == ["invalid-settings"]


def test_missing_program(healthy: Home) -> None:
    """A program that does not exist is one finding, also if settings of several sessions inherit it."""
    healthy.settings.write_text('[defaults]\nbrowser = "/none/such"\n[sessions.acme]\nprune = true\n')
    found = findings(healthy, "--offline")
    assert [(each["kind"], each["message"]) for each in found] == [
        ("settings-program-not-found", "browser: file not found: /none/such")
    ]


def test_unknown_session(healthy: Home) -> None:
    """Settings of a session that is not configured are a warning; a similar session is suggested in words only."""
    healthy.settings.write_text('[sessions.elsewhere]\nregion = "us-east-1"\n')
    (found,) = findings(healthy, "--offline")
    assert (found["kind"], found["severity"], found["fix"]) == ("settings-of-unknown-session", "warning", EDIT)
    healthy.settings.write_text('[defaults]\nprune = true\n\n[sessions.amce]\nregion = "us-east-1"\n')
    (found,) = findings(healthy, "--offline")
    assert (found["message"], found["fix"]) == (
        "settings for sso-session 'amce', which is not configured; did you mean acme?",
        EDIT,
    )
    check_fix(healthy, "--offline", edit="s/amce/acme/")


def test_file_that_cannot_be_read(healthy: Home) -> None:
    """A config.toml that cannot be read is a finding."""
    healthy.settings.mkdir()
    assert [each["kind"] for each in findings(healthy, "--offline")] == ["invalid-settings"]
