"""What the profiles are for: the real boto3 and the real AWS CLI list them, and get credentials that work."""

import json
import sys
import time

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import aws_cli_2
from tests.fixtures.home import Home, command
from tests.fixtures.sts import Sts

SSO, PROCESS = "management.ReadOnly", "payments-prod.ReadOnly"

# What a user's script does: list the profiles, get credentials of each, make a call.
SCRIPT = """\
import json, sys, boto3
sessions = {name: boto3.Session(profile_name=name) for name in sys.argv[1:]}
print(json.dumps({
    "profiles": sorted(boto3.Session().available_profiles),
    "keys": {name: session.get_credentials().access_key for name, session in sessions.items()},
    "callers": {name: session.client("sts").get_caller_identity()["Arn"] for name, session in sessions.items()},
}))
"""


@pytest.fixture
def synced(signed_in: Home, caller_identity: Sts) -> Home:
    """A home folder with profiles of both styles, which know an STS."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[[defaults.rules]]\nmatch = "payments-*"\nstyle = "credential-process"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    signed_in.environment["AWS_ENDPOINT_URL_STS"] = caller_identity.url
    return signed_in


def names(home: Home) -> list[str]:
    """The profiles that sync says it keeps."""
    plan = json.loads(home.ssohelper("sync", "--check", "--json").stdout)
    return [step["profile"] for step in plan["steps"]]


def test_boto3(synced: Home, identity_center: Simulator) -> None:
    """boto3 sees every profile, and calls STS with credentials that Identity Center issued for that very role."""
    done = synced.run(sys.executable, "-c", SCRIPT, SSO, PROCESS)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["profiles"] == names(synced)
    issued = {name: identity_center.issued(key) for name, key in seen["keys"].items()}
    assert {name: (each.account_id, each.role_name) for name, each in issued.items()} == {
        SSO: ("111122223333", "ReadOnly"),
        PROCESS: ("333344445555", "ReadOnly"),
    }
    assert all(arn.startswith("arn:aws:sts::") for arn in seen["callers"].values())


@pytest.mark.parametrize("profile", [SSO, PROCESS])
def test_aws_cli(synced: Home, identity_center: Simulator, profile: str) -> None:
    """The AWS CLI calls STS through a profile of either style."""
    done = synced.run("aws", "sts", "get-caller-identity", "--profile", profile, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(done.stdout)) == ["Account", "Arn", "UserId"]
    assert identity_center.counters.calls["GetRoleCredentials"] == 1


def test_aws_cli_knows_every_profile(synced: Home) -> None:
    """The AWS CLI of PyPI finds the region of every generated profile, and knows no other."""
    expected = names(synced)
    regions = [synced.run("aws", "configure", "get", "region", "--profile", name).stdout for name in expected]
    assert regions == ["us-east-1\n"] * len(expected)
    assert synced.run("aws", "configure", "list", "--profile", "nope").returncode == 255


def test_aws_cli_2(synced: Home, caller_identity: Sts) -> None:
    """AWS CLI 2 lists every profile, and gets credentials through credential_process."""
    aws = aws_cli_2()
    listed = synced.run(aws, "configure", "list-profiles").stdout.splitlines()
    assert sorted(listed) == names(synced)
    done = synced.run(aws, "sts", "get-caller-identity", "--profile", PROCESS, "--endpoint-url", caller_identity.url)
    assert (done.returncode, done.stderr) == (0, "")


def test_credential_process_prints_nothing_else(synced: Home, identity_center: Simulator) -> None:
    """What an SDK reads is one line of version 1 JSON; by profile it is the same as by session, account and role."""
    line = next(each for each in synced.config.read_text().splitlines() if each.startswith("credential_process"))
    for words in (line.split()[2:], [*command("ssohelper"), "credential-process", "--profile", PROCESS]):
        done = synced.run(*words)
        assert (done.returncode, done.stderr) == (0, "")
        answer = json.loads(done.stdout)
        issued = identity_center.issued(answer["AccessKeyId"])
        assert list(answer) == [
            "Version",
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "Expiration",
            "AccountId",
        ]
        expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(issued.expiration))
        assert (answer["Version"], answer["AccountId"], answer["Expiration"]) == (1, issued.account_id, expiration)
