"""The sso-sessions of a config file, and the role that each profile is for."""

from pathlib import Path

import botocore.session
import pytest

from ssohelper.aws_config import resolve
from ssohelper.aws_config.config_text import parse
from ssohelper.aws_config.merged import AwsFiles
from ssohelper.aws_config.resolve import ProfileRole
from ssohelper.model import Session

LEGACY_URL = "https://old.awsapps.com/start"
TEXT = b"""\
[sso-session main]
sso_start_url = https://a.awsapps.com/start#/
sso_region = eu-central-1
sso_registration_scopes = sso:account:access, codewhisperer:completions ,

[sso-session 'with blank']
sso_start_url = https://b.awsapps.com/start
sso_region = us-east-1

[sso-session no-region]
sso_start_url = https://c.awsapps.com/start

[sso-session no-url]
sso_start_url =
sso_region = us-east-1

[profile by-key]
sso_session = main
sso_account_id = 111122223333
sso_role_name = ReadOnly
region = eu-west-1

[profile managed]
ssohelper_session = main
ssohelper_account_id = 111122223333
ssohelper_role_name = Admin
credential_process = /bin/ssohelper credential-process --session main --account-id 111122223333 --role-name Admin

[profile legacy]
sso_start_url = https://old.awsapps.com/start
sso_region = us-west-2
sso_account_id = 444455556666
sso_role_name = ReadOnly

[profile legacy-again]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 444455556666
sso_role_name = Admin

[profile no-role]
sso_session = main
sso_account_id = 111122223333

[profile unknown-session]
sso_session = gone
sso_account_id = 111122223333
sso_role_name = ReadOnly

[profile keys]
aws_access_key_id = AKIA
"""
MAIN = Session(
    "main", "https://a.awsapps.com/start#/", "eu-central-1", ("sso:account:access", "codewhisperer:completions")
)
LEGACY = Session(LEGACY_URL, LEGACY_URL, "us-west-2")


def test_sessions() -> None:
    """A session has a start URL, kept as it is, and a region; without scopes it has the one that all need."""
    named = {
        "main": MAIN,
        "with blank": Session("with blank", "https://b.awsapps.com/start", "us-east-1", ("sso:account:access",)),
    }
    assert resolve.named_sessions(AwsFiles(parse(TEXT))) == named
    assert resolve.legacy_sessions(AwsFiles(parse(TEXT))) == {LEGACY_URL: LEGACY}
    assert resolve.sessions(AwsFiles(parse(TEXT))) == {**named, LEGACY_URL: LEGACY}


def test_profiles() -> None:
    """Profiles with a configured session, an account and a role, by AWS's keys or by ours; in the file's order."""
    assert list(resolve.profiles(AwsFiles(parse(TEXT))).items()) == [
        ("by-key", ProfileRole(MAIN, MAIN.role("111122223333", "ReadOnly"), "eu-west-1")),
        ("managed", ProfileRole(MAIN, MAIN.role("111122223333", "Admin"))),
        ("legacy", ProfileRole(LEGACY, LEGACY.role("444455556666", "ReadOnly"))),
        ("legacy-again", ProfileRole(LEGACY, LEGACY.role("444455556666", "Admin"))),
    ]


@pytest.mark.parametrize(
    ("profile", "session"),
    [
        ("by-key", "main"),
        ("managed", "main"),
        ("legacy", LEGACY_URL),
        ("unknown-session", "gone"),
        ("keys", None),
        ("absent", None),
    ],
)
def test_session_name_of(profile: str, session: str | None) -> None:
    """The session that a profile names, whether or not it is configured; a legacy one by its start URL."""
    assert resolve.session_name_of(AwsFiles(parse(TEXT)), profile) == session


@pytest.mark.parametrize("profile", ["by-key", "legacy"])
def test_same_values_as_botocore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    """For a profile with AWS's keys, botocore reads the same session, account and role."""
    (tmp_path / "config").write_bytes(TEXT)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    session = botocore.session.Session(profile=profile)
    values = session.get_scoped_config()
    section = session.full_config["sso_sessions"].get(values.get("sso_session"), values)
    found = resolve.profiles(AwsFiles(parse(TEXT)))[profile]
    assert (found.session.start_url, found.session.region) == (section["sso_start_url"], section["sso_region"])
    assert (found.role.account_id, found.role.role_name) == (values["sso_account_id"], values["sso_role_name"])
