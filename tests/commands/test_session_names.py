"""Sessions whose name has a blank, which AWS tools allow in quotes."""

import json

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, sign_in
from tests.fixtures.shells import program_on_path

NAME = "my sso"


@pytest.fixture
def named(home: Home, identity_center: Simulator) -> Home:
    """A home folder that is signed in to such a session."""
    program_on_path(home)
    sign_in(home, identity_center)
    assert home.ssohelper("logout", "--all").returncode == 0
    home.config.write_text(home.config.read_text().replace("[sso-session acme]", f'[sso-session "{NAME}"]'))
    assert home.ssohelper("login", "--session", NAME).returncode == 0
    return home


@pytest.mark.full
@pytest.mark.parametrize("style", ["sso", "credential-process"])
def test_every_command(named: Home, style: str) -> None:
    """Every command works with it, and so does every SDK with the profiles that `sync` writes."""
    done = named.ssohelper("sync", "--yes", "--style", style)
    assert (done.returncode, done.stderr) == (0, "ssohelper: wrote ~/.aws/config\n")
    assert named.ssohelper("sync", "--check", "--style", style).returncode == 0
    profile = json.loads(named.ssohelper("sync", "--dry-run", "--json", "--style", style).stdout)["steps"][0][
        "profile"
    ]
    for words in (
        ("status", "--json"),
        ("accounts", "--session", NAME),
        ("roles", "--fresh"),
        ("env", "--profile", profile),
        ("exec", "--profile", profile, "--", "ssohelper", "status"),
        ("exec", "--profile", profile, "--", "ssohelper", "env"),
        ("exec", "--via", "credential-process", "--profile", profile, "--", "true"),
        ("console", profile, "--print"),
        ("prompt",),
        ("doctor", "--offline"),
        ("doctor", profile),
        ("complete", "bash", "--", "login", "--session", ""),
    ):
        done = named.ssohelper(*words)
        assert (done.returncode, done.stderr) == (0, ""), (words, done.stdout, done.stderr)
    answer = ("--session", NAME, "--account-id", "111122223333", "--role-name", "ReadOnly")
    assert json.loads(named.ssohelper("credential-process", *answer).stdout)["Version"] == 1
    boto3 = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).get_credentials().access_key)"
    done = named.run("python", "-c", boto3, profile)
    assert (done.returncode, done.stdout[:4]) == (0, "ASIA"), done.stderr
    assert named.ssohelper("logout", "--session", NAME).returncode == 0
