"""Profiles that botocore refuses, and roles that something overrides."""

import pytest

from tests.fixtures.doctor_runs import PROFILE, ROLE, SESSION, config_findings, kinds
from tests.fixtures.home import Home

ARN = "arn:aws:iam::999988887777:role/Deploy"
OVERRIDDEN = "profile 'x' names a role of IAM Identity Center, but"
BASE = "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n"


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        (
            f"{BASE}[profile x]\nsso_session = acme\n{ROLE}role_arn = {ARN}\nsource_profile = base\n",
            ("role-overridden", 16),
            f"{OVERRIDDEN} it assumes a role with access keys (aws_access_key_id on line 10 of the config file)",
        ),
        (
            f"[profile x]\nsso_session = acme\n{ROLE}role_arn = r\nweb_identity_token_file = t\n",
            ("role-overridden", 14),
            f"{OVERRIDDEN} it uses a web identity token (web_identity_token_file on line 14 of the config file)",
        ),
        (
            "[profile x]\nrole_arn = r\n",
            ("profile-refused", 10),
            "profile 'x' has role_arn, but neither source_profile nor credential_source (line 10 of the config file)",
        ),
        (
            f"{BASE}[profile x]\nrole_arn = r\nsource_profile = base\ncredential_source = Environment\n",
            ("profile-refused", 15),
            "profile 'x' has both source_profile and credential_source (line 15 of the config file)",
        ),
        (
            "[profile x]\nrole_arn = r\nsource_profile = y\n[profile y]\nrole_arn = r\nsource_profile = x\n",
            ("profile-refused", 14),
            "profile 'y' leads back to itself: x → y → x (line 14 of the config file)",
        ),
        (
            "[profile x]\naws_access_key_id = a\n",
            ("profile-refused", 10),
            "profile 'x' has aws_access_key_id, but no aws_secret_access_key (line 10 of the config file)",
        ),
    ],
    ids=["assumed role", "web identity", "no source", "two sources", "loop", "half a key pair"],
)
def test_sources(configured: Home, text: str, expected: tuple[str, int], message: str) -> None:
    """What botocore makes of the profile is found with its line."""
    configured.config.write_text(SESSION + PROFILE + text)
    found = config_findings(configured)
    assert (expected, message) in [((each["kind"], each["line"]), each["message"]) for each in found]


def test_told_once(configured: Home) -> None:
    """A profile that another finding explains is not told again, nor one whose source profile is at fault."""
    text = "[profile x]\nsso_session = none\n" + ROLE + "[profile y]\nrole_arn = r\nsource_profile = x\n"
    configured.config.write_text(SESSION + PROFILE + text)
    assert kinds(config_findings(configured)) == [("session-not-found", 10)]


def test_conflict_with_session(configured: Home) -> None:
    """A region in the session is removed there, once, and no profile loses its own."""
    session = f"{SESSION}region = eu-west-1\n"
    profiles = PROFILE + PROFILE.replace("good", "other")
    configured.config.write_text(session + profiles)
    assert kinds(config_findings(configured)) == [("session-conflict", 9), ("session-conflict", 14)]
    configured.ssohelper("doctor", "--fix", "--yes", "--offline")
    assert configured.config.read_text() == f"{SESSION}# region = eu-west-1\n{profiles}"


def test_conflict_with_defaults(configured: Home) -> None:
    """A region in [DEFAULT], which the session inherits, is left to the user."""
    configured.config.write_text(f"[DEFAULT]\nregion = eu-west-1\n{SESSION}{PROFILE}")
    (found,) = config_findings(configured)
    assert (found["kind"], found["line"], found["fix"]) == ("session-conflict", 10, "${EDITOR:-vi} +10 ~/.aws/config")
