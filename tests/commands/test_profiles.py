"""`ssohelper profiles`: what is known of each profile from files alone."""

import json

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

PROFILE = "payments-prod.ReadOnly"
OTHERS = """
[profile chained]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = payments-prod.ReadOnly
region = eu-west-1

[profile keys]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = example
"""


@pytest.fixture
def with_others(synced: Home) -> Home:
    """A home folder with managed profiles, one that assumes a role on top, and one with keys."""
    with synced.config.open("a") as config:
        config.write(OTHERS)
    assert synced.ssohelper("env", PROFILE).returncode == 0
    assert synced.ssohelper("use", "--in-shell", "sandbox.Developer-777788889999").returncode == 0
    return synced


def test_list(with_others: Home, identity_center: Simulator) -> None:
    """Each profile with account, role, region, style and time left; the last used one first. It makes no request."""
    identity_center.counters.reset()
    done = with_others.ssohelper("profiles")
    header, first, *others = done.stdout.splitlines()
    assert header.split() == ["profile", "account", "role", "region", "style", "credentials"]
    assert first.split()[0] == "sandbox.Developer-777788889999"
    assert [line.split()[0] for line in others] == sorted(line.split()[0] for line in others)
    found = {line.split()[0]: line.split()[1:] for line in others}
    assert found[PROFILE][:5] == ["payments-prod", "(333344445555)", "ReadOnly", "us-east-1", "sso"]
    assert found[PROFILE][-1] == "left"
    assert found["chained"] == ["payments-staging", "(444455556666)", "Deploy", "eu-west-1", "chained", "-"]
    assert found["keys"] == ["-"] * 5
    assert (len(found), identity_center.counters.calls) == (17, {})
    assert with_others.ssohelper("list").stdout == done.stdout


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("payrea",), [PROFILE, "payments-staging.ReadOnly"]),
        (("4444", "deploy"), ["chained"]),
        (("nothing-like-it",), []),
    ],
)
def test_words(with_others: Home, words: tuple[str, ...], names: list[str]) -> None:
    """Words limit the list to what matches all of them, in any column."""
    done = with_others.ssohelper("profiles", *words)
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == names
    assert (done.stderr == "", done.returncode) == (bool(names), 0)


def test_json(with_others: Home) -> None:
    """Programs get null for what is not known."""
    found = {each["profile"]: each for each in json.loads(with_others.ssohelper("profiles", "--json").stdout)}
    assert found["keys"] == dict.fromkeys(found["keys"]) | {"profile": "keys"}
    assert found["chained"] == {
        "profile": "chained",
        "session": "acme",
        "account_id": "444455556666",
        "account_name": "payments-staging",
        "role_name": "Deploy",
        "region": "eu-west-1",
        "style": "chained",
        "expires_at": None,
    }
    assert found[PROFILE]["expires_at"].endswith("Z")
    assert json.loads(with_others.ssohelper("profiles", "--json", "-s", "acme").stdout)[-1]["session"] == "acme"
    assert with_others.ssohelper("profiles", "--csv", "chained").stdout.splitlines()[0].startswith("profile,account")


def test_nothing(home: Home, identity_center: Simulator) -> None:
    """Without profiles, the next step is named."""
    for step in ("setup", "sync"):
        done = home.ssohelper("profiles")
        assert (done.stderr, done.returncode) == (f"ssohelper: no profiles\nhint: ssohelper {step}\n", 0)
        home.ssohelper("configure", "-s", "acme", "--start-url", identity_center.start_url, "--region", "us-east-1")
