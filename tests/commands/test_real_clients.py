"""What the profiles are for: the real boto3 and the real AWS CLI list them, and get credentials that work."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from tests.components import absent
from tests.conftest import HANG_SECONDS, Home, command

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


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    """The URL of a moto server, whose STS answers whoever shows credentials."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = command("moto_server", "-H", "127.0.0.1", "-p", str(port))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.fixture
def synced(signed_in: Home, sts: str) -> Home:
    """A home folder with profiles of both styles, in which STS is moto's."""
    signed_in.settings.parent.mkdir(parents=True)
    signed_in.settings.write_text('[[defaults.rules]]\nmatch = "payments-*"\nstyle = "credential-process"\n')
    done = signed_in.ssohelper("sync", "--yes")
    assert done.returncode == 0, done.stderr
    signed_in.environment["AWS_ENDPOINT_URL_STS"] = sts
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


def test_aws_cli_2(synced: Home, sts: str) -> None:
    """AWS CLI 2 lists every profile, and gets credentials through credential_process."""
    aws = _aws_cli_2()
    listed = synced.run(aws, "configure", "list-profiles").stdout.splitlines()
    assert sorted(listed) == names(synced)
    done = synced.run(aws, "sts", "get-caller-identity", "--profile", PROCESS, "--endpoint-url", sts)
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


def _aws_cli_2() -> str:
    """The AWS CLI 2, which is not on PyPI; skips the test where there is none."""
    for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"):
        found = shutil.which("aws", path=folder)
        if found and b"aws-cli/2" in subprocess.run([found, "--version"], capture_output=True, check=False).stdout:
            return str(Path(found))
    return absent("AWS CLI 2 is not installed")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("moto's server does not answer")
