"""`ssohelper accounts` and `roles`: what the user may use, for people and for programs."""

import csv
import io
import json
from collections.abc import Callable

import pexpect

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import generate
from tests.fixtures.home import Home, sign_in

TABLE = """\
account_id    account_name        email
666677778888  data-platform-dev   aws+data-dev@example.com
555566667777  data-platform-prod  aws+data-prod@example.com
111122223333  management          aws+management@example.com
333344445555  payments-prod       aws+payments-prod@example.com
444455556666  payments-staging    aws+payments-staging@example.com
777788889999  sandbox             aws+sandbox-emea@example.com
888899990000  sandbox             aws+sandbox-apac@example.com
222233334444  security-audit      aws+security@example.com
"""


def test_accounts(signed_in: Home) -> None:
    """Accounts come as a table, as CSV and as JSON, ordered by name."""
    rows = [line.split() for line in TABLE.splitlines()]
    assert signed_in.ssohelper("accounts").stdout == TABLE
    assert list(csv.reader(io.StringIO(signed_in.ssohelper("accounts", "--csv").stdout))) == rows
    assert json.loads(signed_in.ssohelper("accounts", "--json").stdout) == [
        dict(zip(rows[0], row, strict=True)) for row in rows[1:]
    ]


def test_roles(signed_in: Home) -> None:
    """Roles come ordered by account and role."""
    rows = json.loads(signed_in.ssohelper("roles", "--json").stdout)
    assert len(rows) == 16
    assert rows[0] == {"account_id": "666677778888", "account_name": "data-platform-dev", "role_name": "Developer"}
    keys = [(row["account_name"], row["account_id"], row["role_name"]) for row in rows]
    assert keys == sorted(keys)
    printed = csv.DictReader(io.StringIO(signed_in.ssohelper("roles", "--csv").stdout))
    assert list(printed) == rows
    assert len(signed_in.ssohelper("roles").stdout.splitlines()) == 17


def test_an_account_that_cannot_be_listed(signed_in: Home, identity_center: Simulator) -> None:
    """What is known is printed, what is not is named on stderr, and the exit code is 5."""
    identity_center.faults.add("ListAccountRoles", Fault.error(500), None, account_id="111122223333")
    done = signed_in.ssohelper("roles", "--csv")
    assert (len(done.stdout.splitlines()), done.stderr, done.returncode) == (
        16,
        "ssohelper: management (111122223333) could not be listed: Identity Center answered HTTP 500\n",
        5,
    )


def test_awkward_names(make_home: Callable[..., Home]) -> None:
    """Names that break tools come through JSON unharmed; in a table none of them steers the terminal."""
    world = generate(15, 2, awkward=True)
    world.rename_account(world.accounts[0].id, "red \x1b[31m\nline")
    with Simulator(world, rate=None, auto_approve=True) as simulator:
        home = make_home(**simulator.environment)
        sign_in(home, simulator)
        rows = json.loads(home.ssohelper("accounts", "--json").stdout)
        assert {row["account_id"]: row["account_name"] for row in rows} == {
            each.id: each.name for each in world.accounts
        }
        table = home.ssohelper("accounts").stdout
        assert len(table.splitlines()) == 16
        assert "red ?[31m?line" in table
        done = home.ssohelper("sync", "--yes")
        assert done.returncode == 0, done.stderr
        assert home.ssohelper("sync", "--check").returncode == 0


def test_progress(signed_in: Home) -> None:
    """On a terminal a person sees how many accounts are done, how fast, and how long it takes."""
    listing = signed_in.terminal("roles", "--csv")
    listing.expect(r"listing accounts .*8/8.* \d+ calls/s .*\d:\d\d:\d\d")
    listing.expect(r"222233334444,security-audit,ReadOnly\r\n")
    listing.expect(pexpect.EOF)
