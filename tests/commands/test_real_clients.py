"""boto3 and the AWS CLI list the profiles, and get credentials that work."""

import json
import sys

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.clients import aws_cli_2
from tests.fixtures.home import Home
from tests.fixtures.sts import Sts

pytestmark = pytest.mark.full

SSO, PROCESS = "management.ReadOnly", "payments-prod.ReadOnly"

# Lists the profiles, gets credentials of each, and calls STS.
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
    """A home folder with profiles of both styles, and an STS."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[[defaults.rules]]\nmatch = "payments-*"\nstyle = "credential-process"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    signed_in.environment["AWS_ENDPOINT_URL_STS"] = caller_identity.url
    return signed_in


def names(home: Home) -> list[str]:
    """The names of the profiles, by `sync`."""
    plan = json.loads(home.ssohelper("sync", "--check", "--json").stdout)
    return [step["profile"] for step in plan["steps"]]


def test_boto3(synced: Home, identity_center: Simulator) -> None:
    """boto3 lists every profile, and calls STS with credentials of the profile's role."""
    done = synced.run(sys.executable, "-c", SCRIPT, SSO, PROCESS)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["profiles"] == names(synced)
    issued = {name: identity_center.issued(key) for name, key in found["keys"].items()}
    assert {name: (each.account_id, each.role_name) for name, each in issued.items()} == {
        SSO: ("111122223333", "ReadOnly"),
        PROCESS: ("333344445555", "ReadOnly"),
    }
    assert all(arn.startswith("arn:aws:sts::") for arn in found["callers"].values())


@pytest.mark.parametrize("profile", [SSO, PROCESS])
def test_aws_cli(synced: Home, identity_center: Simulator, profile: str) -> None:
    """The AWS CLI calls STS with profiles of both styles."""
    done = synced.run("aws", "sts", "get-caller-identity", "--profile", profile, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(done.stdout)) == ["Account", "Arn", "UserId"]
    assert identity_center.counters.calls["GetRoleCredentials"] == 1


def test_aws_cli_finds_every_profile(synced: Home) -> None:
    """The AWS CLI 1 finds the region of every profile, and no unknown profile."""
    expected = names(synced)
    regions = [synced.run("aws", "configure", "get", "region", "--profile", name).stdout for name in expected]
    assert regions == ["us-east-1\n"] * len(expected)
    assert synced.run("aws", "configure", "list", "--profile", "nope").returncode == 255


def test_aws_cli_2(synced: Home, caller_identity: Sts) -> None:
    """AWS CLI 2 lists every profile, and gets credentials by credential_process."""
    aws = aws_cli_2()
    listed = synced.run(aws, "configure", "list-profiles").stdout.splitlines()
    assert sorted(listed) == names(synced)
    done = synced.run(aws, "sts", "get-caller-identity", "--profile", PROCESS, "--endpoint-url", caller_identity.url)
    assert (done.returncode, done.stderr) == (0, "")
