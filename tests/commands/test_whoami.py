"""`ssohelper whoami`: the role that AWS tools use here."""

import json

import pytest

from tests.fixtures.home import Home
from tests.fixtures.sts import Sts

PROFILE = "payments-prod.ReadOnly"
ARN = "arn:aws:sts::333344445555:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/user"


def test_text(synced: Home) -> None:
    """Account and role by name, region, session, source; credentials that are cached have a time."""
    expected = [
        f"profile     {PROFILE}",
        "account     payments-prod (333344445555)",
        "role        ReadOnly",
        "region      us-east-1",
        "session     acme (signed in)",
        "source      profile, style sso",
        "credentials not cached",
    ]
    done = synced.ssohelper("whoami", AWS_PROFILE=PROFILE)
    assert (done.stdout.splitlines(), done.stderr, done.returncode) == (expected, "", 0)
    assert synced.ssohelper("logout").returncode == 0
    assert "session     acme (not signed in)" in synced.ssohelper("whoami", PROFILE).stdout


@pytest.mark.parametrize("words", [(PROFILE,), ("-p", PROFILE), ("--account", "payments-prod", "--role", "ReadOnly")])
def test_json(synced: Home, words: tuple[str, ...]) -> None:
    """The same for programs; the time left is that of cached credentials."""
    assert synced.ssohelper("env", PROFILE).returncode == 0
    found = json.loads(synced.ssohelper("whoami", "--json", *words).stdout)
    expires_at = found.pop("expires_at")
    named = words[-1] == PROFILE
    assert (found, expires_at[-1]) == (
        {
            "profile": PROFILE if named else None,
            "session": "acme",
            "signed_in": True,
            "account_id": "333344445555",
            "account_name": "payments-prod",
            "role_name": "ReadOnly",
            "region": "us-east-1",
            "source": "profile, style sso" if named else "options",
            "verified": None,
        },
        "Z",
    )


def test_inside_exec(synced: Home) -> None:
    """Inside `exec` it is the role of the job; the environment's region counts."""
    done = synced.ssohelper("exec", PROFILE, "--", "ssohelper", "whoami", AWS_REGION="eu-west-1")
    assert "source      ssohelper exec\n" in done.stdout
    assert "region      eu-west-1\n" in done.stdout
    assert "account     payments-prod (333344445555)\n" in done.stdout
    done = synced.ssohelper("exec", PROFILE, "--", "ssohelper", "whoami")
    assert "region      us-east-1\n" in done.stdout


def test_verify(synced: Home, caller_identity: Sts) -> None:
    """With --verify, STS is called with the role's credentials, once."""
    endpoint = {"AWS_ENDPOINT_URL_STS": caller_identity.url}
    done = synced.ssohelper("whoami", "--verify", PROFILE, **endpoint)
    assert (done.stdout.splitlines()[-1], done.returncode) == (f"verified    {ARN}", 0)
    found = json.loads(synced.ssohelper("whoami", "--verify", "--json", PROFILE, **endpoint).stdout)
    assert found["verified"] == {"account_id": "333344445555", "arn": ARN, "user_id": "AROAEXAMPLE:user"}
    assert caller_identity.keys.qsize() == 2


@pytest.mark.parametrize(
    ("more", "message", "hint"),
    [
        (
            {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"},
            "AWS_ACCESS_KEY_ID is set: AWS tools use that key, whatever AWS_PROFILE says",
            "aws sts get-caller-identity",
        ),
        ({}, "no profile or role given", "--profile NAME, or --account NAME --role ROLE"),
        (
            {"AWS_PROFILE": "nope"},
            "profile 'nope' not found in ~/.aws/config",
            "`ssohelper sync` adds a profile for each of your roles",
        ),
    ],
)
def test_nobody(synced: Home, more: dict[str, str], message: str, hint: str) -> None:
    """Where no role is meant, it says so, and asks nothing."""
    done = synced.ssohelper("whoami", **more)
    assert (done.stdout, done.stderr, done.returncode) == ("", f"ssohelper: {message}\nhint: {hint}\n", 2)
