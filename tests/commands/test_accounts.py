"""`ssohelper accounts`: the accounts that the user can use, for people and for programs."""

import csv
import io
import json
from collections.abc import Callable

from ssohelper.simulator.companies import generate
from ssohelper.simulator.server import Simulator
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


def test_formats(signed_in: Home) -> None:
    """Accounts are listed by name, as a table, CSV or JSON."""
    rows = [line.split() for line in TABLE.splitlines()]
    assert signed_in.ssohelper("accounts").stdout == TABLE
    assert list(csv.reader(io.StringIO(signed_in.ssohelper("accounts", "--csv").stdout))) == rows
    assert json.loads(signed_in.ssohelper("accounts", "--json").stdout) == [
        dict(zip(rows[0], row, strict=True)) for row in rows[1:]
    ]


def test_awkward_names(make_home: Callable[..., Home]) -> None:
    """Names with special characters are unchanged in JSON; in a table, control characters are replaced."""
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
