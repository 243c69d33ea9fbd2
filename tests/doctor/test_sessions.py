"""`[sso-session]` sections, and profiles that name them."""

from collections.abc import Callable

import pytest

from tests.fixtures.doctor_runs import (
    PROFILE,
    ROLE,
    SESSION,
    Case,
    check_case,
    config_findings,
    findings,
    fix_config,
)
from tests.fixtures.home import Home

OTHER_SESSION = "[sso-session b]\nsso_start_url = https://b\nsso_region = us-east-1\n"
CASES = {
    "misspelled session": Case(f"[profile x]\nsso_session = amce\n{ROLE}", [("session-not-found", 10)]),
    "conflicting region": Case(
        f"[profile x]\nsso_session = acme\nsso_region = eu-west-1\n{ROLE}", [("session-conflict", 11)]
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.first_is_quick
def test_sessions_of_profiles(configured: Home, case: Case) -> None:
    """The profile gets the only session, and conflicting values are commented out."""
    check_case(configured, case)


def test_similar_session_of_several(configured: Home) -> None:
    """Of several sessions, a similar one is suggested in words only: the user chooses it in an editor."""
    configured.config.write_text(f"{SESSION}{PROFILE}{OTHER_SESSION}[profile x]\nsso_session = amce\n{ROLE}")
    (found,) = (each for each in config_findings(configured) if each["kind"] == "session-not-found")
    assert (found["message"], found["fix"]) == (
        "profile 'x' names sso-session 'amce', which is not configured; did you mean acme?",
        "${EDITOR:-vi} +13 ~/.aws/config",
    )
    fix_config(configured, [found], edit="s/amce/acme/")


def test_unknown_session_of_several(configured: Home) -> None:
    """If no session is similar, the fix configures the one that the profile names."""
    configured.config.write_text(
        (SESSION + OTHER_SESSION + PROFILE).replace("sso_session = acme", "sso_session = elsewhere")
    )
    found = next(each for each in findings(configured, "--offline") if each["kind"] == "session-not-found")
    assert found["fix"] == "ssohelper configure --session elsewhere"


def test_incomplete_session(configured: Home) -> None:
    """`configure` asks for the option that a session lacks."""
    configured.config.write_text("[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\n")
    (found,) = findings(configured, "--offline")
    assert (found["kind"], found["line"], found["fix"]) == (
        "incomplete-session",
        1,
        "ssohelper configure --session acme --start-url https://acme.awsapps.com/start",
    )
    person = configured.terminal("-c", found["fix"], program="sh")
    person.expect("region of IAM Identity Center")
    person.sendline("us-east-1")
    person.expect("wrote")
    assert config_findings(configured) == []


def test_nothing_configured(make_home: Callable[..., Home]) -> None:
    """In an empty home folder the only finding is a warning, and the doctor writes nothing."""
    empty = make_home("empty")
    found = [(each["kind"], each["severity"]) for each in findings(empty)]
    assert (found, empty.tree()) == ([("nothing-configured", "warning")], {})


def test_missing_scope(configured: Home) -> None:
    """A session whose tokens give no access to accounts is a warning; its own scopes are kept."""
    scopes = "sso_registration_scopes = codewhisperer:completions, \n"
    configured.config.write_text(f"{SESSION}{scopes}{PROFILE}")
    found = config_findings(configured)
    assert [(each["kind"], each["severity"], each["line"]) for each in found] == [("missing-scope", "warning", 4)]
    fix_config(configured, found)
    assert configured.config.read_text().splitlines()[3] == (
        "sso_registration_scopes = codewhisperer:completions,sso:account:access"
    )


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    "url",
    [
        "https://acme.awsapps.com/start  # mine",
        '"https://acme.awsapps.com/start"',
        "https://acme.awsapps.com/start\u200b",
        "\u201chttps://acme.awsapps.com/start\u201d",
    ],
)
def test_damaged_values(configured: Home, url: str) -> None:
    """What does not belong to a start URL or a region is removed."""
    valid = SESSION + PROFILE
    damaged = valid.replace("https://acme.awsapps.com/start", url)
    configured.config.write_text(damaged.replace("sso_region = us-east-1", 'sso_region = "us-east-1"'))
    found = config_findings(configured)
    assert [(each["kind"], each["line"]) for each in found] == [("damaged-value", 2), ("damaged-value", 3)]
    fix_config(configured, found)
    assert configured.config.read_text() == valid
