"""`ssohelper roles`: the roles that the user can use, for people and for programs."""

import csv
import io
import json

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home


def test_formats(signed_in: Home) -> None:
    """Roles are listed by account and name, as a table, CSV or JSON."""
    rows = json.loads(signed_in.ssohelper("roles", "--json").stdout)
    assert len(rows) == 16
    assert rows[0] == {"account_id": "666677778888", "account_name": "data-platform-dev", "role_name": "Developer"}
    keys = [(row["account_name"], row["account_id"], row["role_name"]) for row in rows]
    assert keys == sorted(keys)
    printed = csv.DictReader(io.StringIO(signed_in.ssohelper("roles", "--csv").stdout))
    assert list(printed) == rows
    assert len(signed_in.ssohelper("roles").stdout.splitlines()) == 17


@pytest.mark.full
def test_unlisted_account(signed_in: Home, identity_center: Simulator) -> None:
    """An account that could not be listed is named on stderr, the others are listed, and the exit code is 5."""
    identity_center.faults.add("ListAccountRoles", Fault.error(500), None, account_id="111122223333")
    done = signed_in.ssohelper("roles", "--csv")
    assert (len(done.stdout.splitlines()), done.stderr, done.returncode) == (
        16,
        "ssohelper: could not list management (111122223333): Identity Center returned HTTP 500\n",
        5,
    )


def test_progress(signed_in: Home) -> None:
    """A terminal shows how many accounts are listed, how fast, and the time left."""
    listing = signed_in.terminal("roles", "--csv")
    listing.expect(r"listing accounts .*8/8.* \d+ calls/s .*\d:\d\d:\d\d")
    listing.expect(r"222233334444,security-audit,ReadOnly\r\n")
    listing.expect(pexpect.EOF)
