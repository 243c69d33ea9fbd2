"""`ssohelper credential-process`: role credentials for the AWS SDKs."""

import json
import time

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

ROLE = ("--session", "acme", "--account-id", "333344445555", "--role-name", "ReadOnly")
PROFILE = ("--profile", "payments-prod.ReadOnly")


@pytest.mark.parametrize("options", [ROLE, PROFILE], ids=["role", "profile"])
def test_answer(synced: Home, identity_center: Simulator, options: tuple[str, ...]) -> None:
    """It prints one line of version 1 JSON, the same for a profile and for session, account and role."""
    done = synced.ssohelper("credential-process", *options)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    answer = json.loads(done.stdout)
    issued = identity_center.issued(answer["AccessKeyId"])
    assert answer == {
        "Version": 1,
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": answer["SecretAccessKey"],
        "SessionToken": answer["SessionToken"],
        "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(issued.expiration)),
        "AccountId": "333344445555",
    }
    assert list(answer) == [
        "Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId",
    ]  # fmt: skip
    assert (issued.account_id, issued.role_name) == ("333344445555", "ReadOnly")


def test_written_line(synced: Home, identity_center: Simulator) -> None:
    """The `credential_process` line that `sync` writes prints the same answer."""
    assert synced.ssohelper("sync", "--yes", "--style", "credential-process").returncode == 0
    section = synced.config.read_text().partition(f"[profile {PROFILE[1]}]\n")[2]
    line = next(each for each in section.splitlines() if each.startswith("credential_process = "))
    identity_center.counters.reset()
    done = synced.run(*line.split()[2:])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == synced.ssohelper("credential-process", *ROLE).stdout
    assert identity_center.counters.calls == {"GetRoleCredentials": 1}
