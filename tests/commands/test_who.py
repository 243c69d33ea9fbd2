"""`ssohelper who`: who has a permission set."""

import json
import re

import pytest

from ssohelper.simulator import administered, examples
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home

NOW = 1_796_000_000.0
EXAMPLES = {each.kind: each for each in examples.examples(NOW)}


def who(home: Home, *words: str) -> list[str]:
    """The lines of the table after the header, columns two spaces apart."""
    done = home.ssohelper("who", *words)
    assert done.returncode == 0, done.stderr
    return [re.sub("  +", "  ", line).strip() for line in done.stdout.splitlines()[1:]]


def test_groups(administrator: Home) -> None:
    """A group has its number of members; with --members, their names."""
    account = administered.DEV
    assert who(administrator, "Developer", "payments-dev") == [f"{account}  payments-dev  group  developers  3"]
    assert who(administrator, "Developer", account, "--members") == [
        f"{account}  payments-dev  group  developers  ann@example.com, bob@example.com, frank@example.com"
    ]


@pytest.mark.full
def test_users(administrator: Home, well_run: Simulator) -> None:
    """A user is shown without the domain of an email address; one who was deleted by id."""
    EXAMPLES["gone"].plant(well_run.world)
    EXAMPLES["direct"].plant(well_run.world)
    assert who(administrator, "ReleaseNotes") == [f"{administered.PAYMENTS}  payments-prod  user  ann"]
    leaver, group = sorted(who(administrator, "InvoiceArchive"), key=lambda line: "group" in line)
    assert re.fullmatch(rf"{administered.PAYMENTS}  payments-prod  user  [0-9a-f-]{{36}} \(deleted\)", leaver)
    assert group.endswith("group  developers  3")


def test_json(administrator: Home) -> None:
    """Programs get ids, too; members are null unless they are asked for."""
    done = administrator.ssohelper("who", "Developer", "sandbox", "--json")
    document = json.loads(done.stdout)
    (found,) = document["assignments"]
    principal_id = found.pop("principal_id")
    assert (document["schema"], document["complete"], len(principal_id)) == ("ssohelper/assignments/1", True, 36)
    assert found == {
        "account_id": administered.SANDBOX,
        "account_name": "sandbox",
        "principal_type": "group",
        "principal": "developers",
        "exists": True,
        "members": None,
        "number_of_members": 3,
        "has_more_members": False,
    }


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("payments-pro", "account 'payments-pro' not found; did you mean payments-prod?"),
        ("333344445550", "account 333344445550 is not in the organization"),
    ],
)
def test_no_such_account(administrator: Home, account: str, message: str) -> None:
    """Another account is an error, with a similar one."""
    done = administrator.ssohelper("who", "Developer", account)
    assert done.stderr.splitlines()[0].startswith(f"ssohelper: {message}")
    assert done.returncode == 2


@pytest.mark.full
def test_no_email_without_members(administrator: Home, well_run: Simulator) -> None:
    """No output of the commands for administrators has an email address, unless --members is given."""
    examples.plant_all(well_run.world, NOW)
    words = [
        *(("permission-sets", "list", *more) for more in ((), ("--json",), ("--csv",))),
        *(("permission-sets", "show", "ReleaseNotes", *more) for more in ((), ("--json",))),
        *(("permission-sets", "review", "--kept", *more) for more in ((), ("--json",), ("--markdown",))),
        *(("who", "BreakGlassData", *more) for more in ((), ("--json",), ("--csv",))),
        ("why", "--user", "ann@example.com", "--account", "sandbox", "--role", "Developer"),
    ]
    for each in words:
        done = administrator.ssohelper(*each)
        assert "@example" not in done.stdout + done.stderr, each
    assert "ann@example.com" in administrator.ssohelper("who", "BreakGlassData", "--members").stdout
