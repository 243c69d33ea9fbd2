"""The log of --verbose: each request, where it went, and how long it took, but nothing secret."""

import re

import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

TIME = re.compile(r", \d+\.\d\ds$")


def requests(stderr: str) -> list[str]:
    """The lines of the log, without the time, which each has."""
    lines = [line for line in stderr.splitlines() if line.startswith("ssohelper: ") and "http" in line]
    assert [line for line in lines if not TIME.search(line)] == []
    return [TIME.sub("", line) for line in lines]


def test_role_credentials(synced: Home, identity_center: Simulator) -> None:
    """A request is logged with its operation, URL, account, role and status."""
    url = f"{identity_center.url}/federation/credentials"
    done = synced.ssohelper("env", "payments-prod.ReadOnly", "--verbose")
    assert (done.returncode, requests(done.stderr)) == (
        0,
        [f"ssohelper: GetRoleCredentials {url} account_id=333344445555 role_name=ReadOnly: 200"],
    )


@pytest.mark.full
def test_sign_in_and_list(signed_in: Home, identity_center: Simulator) -> None:
    """Every request of a sign-in and of a listing is logged, and no token or code (the home folder checks that)."""
    done = signed_in.ssohelper("login", "--debug", "--force")
    assert done.returncode == 0
    operations = [line.split()[1] for line in requests(done.stderr)]
    assert (operations[0], set(operations[1:])) == ("StartDeviceAuthorization", {"CreateToken"})
    done = signed_in.ssohelper("roles", "-v", "--csv")
    assert sorted({line.split()[1] for line in requests(done.stderr)}) == ["ListAccountRoles", "ListAccounts"]
    assert identity_center.url in done.stderr


@pytest.mark.full
def test_failure(synced: Home, identity_center: Simulator) -> None:
    """A request without a response has the reason instead of the status."""
    identity_center.faults.add("GetRoleCredentials", Fault.dropped(), None)
    done = synced.ssohelper("env", "payments-prod.ReadOnly", "-v")
    assert (done.returncode, {line.rpartition(" ")[2] for line in requests(done.stderr)}) == (
        5,
        {"ConnectionClosedError"},
    )


def test_not_inside_exec(synced: Home) -> None:
    """What `exec` runs gets no option of it."""
    done = synced.ssohelper("exec", "-v", "-q", "payments-prod.ReadOnly", "--", "printenv")
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if "VERBOSE" in line or "QUIET" in line] == []
