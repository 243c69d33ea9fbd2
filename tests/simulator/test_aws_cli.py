"""The AWS CLI, run as a process against the simulator."""

import hashlib
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.portal import IssuedCredentials
from ssohelper.simulator.server import Simulator
from tests.fixtures.components import need
from tests.fixtures.sdk import DEVICE_CODE
from tests.fixtures.simulators import StartSimulator

pytestmark = pytest.mark.full


@pytest.fixture
def simulator(start: StartSimulator) -> Simulator:
    """A simulator with the real time, because the clock of a process cannot be set."""
    return start(clock=time.time)


@pytest.fixture
def environment(simulator: Simulator, tmp_path: Path) -> dict[str, str]:
    """The environment of a new user, with the simulator's endpoints and without retries."""
    system = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {
        **system,
        **simulator.environment,
        "HOME": str(tmp_path),
        "USERPROFILE": str(tmp_path),
        "AWS_DEFAULT_REGION": simulator.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }


class Cli:
    """Runs `aws`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._program = need("aws")
        self._environment = environment

    def run(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """Run a command."""
        command = [self._program, *args, "--output", "json"]
        return subprocess.run(
            command, env=self._environment, capture_output=True, encoding="utf-8", timeout=120, check=False
        )

    def json(self, *args: str) -> Any:
        """Run a command that must succeed, and return its output."""
        done = self.run(*args)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout) if done.stdout else None


@pytest.fixture
def aws(environment: dict[str, str]) -> Cli:
    """The AWS CLI of a new user."""
    return Cli(environment)


def test_list_accounts(simulator: Simulator, aws: Cli) -> None:
    """`aws sso list-accounts` lists all accounts, with pages of two."""
    token = simulator.sign_in().access_token
    response = aws.json("sso", "list-accounts", "--access-token", token, "--page-size", "2")
    assert response == {
        "accountList": [
            {"accountId": each.id, "accountName": each.name, "emailAddress": each.email}
            for each in simulator.world.accounts
        ]
    }
    assert simulator.counters.calls == {"ListAccounts": 4}


def test_roles_credentials_and_logout(simulator: Simulator, aws: Cli) -> None:
    """The CLI lists roles, gets credentials that the simulator issued, and logs out."""
    token = simulator.sign_in("robin@example.com").access_token
    account = ["--access-token", token, "--account-id", "111122223333"]
    assert aws.json("sso", "list-account-roles", *account) == {
        "roleList": [{"roleName": "Billing", "accountId": "111122223333"}]
    }
    credentials = aws.json("sso", "get-role-credentials", *account, "--role-name", "Billing")["roleCredentials"]
    key = credentials["accessKeyId"]
    assert simulator.issued(key) == IssuedCredentials(
        key, "robin@example.com", "111122223333", "Billing", credentials["expiration"] // 1000
    )
    assert aws.json("sso", "logout", "--access-token", token) is None
    refused = aws.run("sso", "list-accounts", "--access-token", token)
    assert refused.returncode == 255
    assert "(UnauthorizedException) when calling the ListAccounts operation: Session token not" in refused.stderr


def test_sign_in_by_device_code(simulator: Simulator, aws: Cli) -> None:
    """The CLI registers a client, starts a device authorization, gets tokens when approved, and refreshes them."""
    named = ["--client-name", "x", "--client-type", "public", "--scopes", "sso:account:access"]
    registered = aws.json("sso-oidc", "register-client", *named)
    client = ["--client-id", registered["clientId"], "--client-secret", registered["clientSecret"]]
    # As JSON, because version 1 of the CLI loads option values from URLs.
    cli_input = json.dumps({"startUrl": simulator.start_url})
    started = aws.json("sso-oidc", "start-device-authorization", *client, "--cli-input-json", cli_input)
    poll = ["sso-oidc", "create-token", *client, "--grant-type", DEVICE_CODE, "--device-code", started["deviceCode"]]
    assert "(AuthorizationPendingException)" in aws.run(*poll).stderr
    simulator.approve(started["userCode"])
    tokens = aws.json(*poll)
    assert sorted(tokens) == ["accessToken", "expiresIn", "refreshToken", "tokenType"]
    refresh = ["--grant-type", "refresh_token", "--refresh-token", tokens["refreshToken"]]
    refreshed = aws.json("sso-oidc", "create-token", *client, *refresh)
    assert (refreshed["tokenType"], refreshed["expiresIn"]) == ("Bearer", 3600)


def test_injected_error(simulator: Simulator, aws: Cli) -> None:
    """An injected 429 makes the CLI fail with that error."""
    simulator.faults.add("ListAccounts", Fault.error(429), times=None)
    done = aws.run("sso", "list-accounts", "--access-token", "x")
    assert (done.returncode, done.stdout) == (255, "")
    assert "(TooManyRequestsException) when calling the ListAccounts operation" in done.stderr


def write_sign_in(home: Path, simulator: Simulator, *, stale: bool) -> None:
    """Write a profile and the token cache of `aws sso login`; if `stale`, the token needs a refresh."""
    grant = simulator.sign_in()
    config = home / ".aws" / "config"
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    config.write_text(
        f"[sso-session s1]\nsso_start_url = {simulator.start_url}\nsso_region = {simulator.region}\n"
        "sso_registration_scopes = sso:account:access\n"
        "[profile p]\nsso_session = s1\nsso_account_id = 333344445555\nsso_role_name = ReadOnly\n"
    )
    expires_at = time.time() + 60 if stale else grant.expires_at
    token = {
        "startUrl": simulator.start_url,
        "region": simulator.region,
        "accessToken": "stale" if stale else grant.access_token,
        "expiresAt": utc(expires_at),
        "clientId": grant.client_id,
        "clientSecret": grant.client_secret,
        "registrationExpiresAt": utc(grant.registration_expires_at),
        "refreshToken": grant.refresh_token,
    }
    name = hashlib.sha1(b"s1", usedforsecurity=False).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps(token))


def utc(seconds: float) -> str:
    """Format a time as the AWS CLI does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PROFILE = """
import botocore.session
print(botocore.session.Session(profile="p").get_credentials().get_frozen_credentials().access_key)
"""


@pytest.mark.parametrize(
    ("stale", "calls"),
    [(False, {"GetRoleCredentials": 1}), (True, {"CreateToken": 1, "GetRoleCredentials": 1})],
)
def test_credentials_through_a_profile(
    simulator: Simulator, environment: dict[str, str], tmp_path: Path, stale: bool, calls: dict[str, int]
) -> None:
    """Botocore reads the token cache, refreshes the token if it is stale, and gets role credentials."""
    write_sign_in(tmp_path, simulator, stale=stale)
    command = [sys.executable, "-c", PROFILE]
    done = subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    issued = simulator.issued(done.stdout.strip())
    assert (issued.user, issued.account_id, issued.role_name) == ("alex@example.com", "333344445555", "ReadOnly")
    assert simulator.counters.calls == calls
