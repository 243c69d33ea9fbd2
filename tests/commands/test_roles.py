"""`ssohelper roles`: the roles that the user can use, for people and for programs."""

import csv
import io
import json
import re

import pexpect
import pytest

from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Account
from tests.fixtures.home import Home


def test_formats(synced: Home) -> None:
    """Roles are listed by account and name, with their profiles, as a table, CSV or JSON."""
    rows = json.loads(synced.ssohelper("roles", "--json").stdout)
    assert len(rows) == 16
    listed_at = {row.pop("listed_at") for row in rows}
    assert [text[-1] for text in listed_at] == ["Z"]
    assert rows[0] == {
        "account_id": "666677778888",
        "account_name": "data-platform-dev",
        "role_name": "Developer",
        "profile": "data-platform-dev.Developer",
    }
    keys = [(row["account_name"], row["account_id"], row["role_name"]) for row in rows]
    assert keys == sorted(keys)
    printed = csv.DictReader(io.StringIO(synced.ssohelper("roles", "--csv").stdout))
    assert list(printed) == rows
    assert len(synced.ssohelper("roles").stdout.splitlines()) == 17


def test_words(synced: Home) -> None:
    """Words limit the list to roles that match all of them, in any column."""
    rows = json.loads(synced.ssohelper("roles", "--json", "payments", "read").stdout)
    assert [row["profile"] for row in rows] == ["payments-prod.ReadOnly", "payments-staging.ReadOnly"]
    assert json.loads(synced.ssohelper("roles", "--json", "nothing-like-it").stdout) == []


def test_recent(signed_in: Home, identity_center: Simulator) -> None:
    """What this sign-in has listed is shown again without a request, with its age; --fresh asks."""
    first = signed_in.ssohelper("roles")
    identity_center.counters.reset()
    identity_center.world.withdraw("111122223333", "ReadOnly")
    again = signed_in.ssohelper("roles")
    assert (again.stdout, identity_center.counters.calls) == (first.stdout, {})
    assert re.fullmatch(r"ssohelper: listed \d+[sm] ago; --fresh asks again\n", again.stderr)
    fresh = signed_in.ssohelper("roles", "--fresh")
    assert (len(fresh.stdout.splitlines()), fresh.stderr) == (16, "")
    assert signed_in.ssohelper("roles").stdout == fresh.stdout


def test_not_recent(signed_in: Home, identity_center: Simulator) -> None:
    """After a quarter of an hour, with another access token, or from a damaged file, it is listed again."""
    assert signed_in.ssohelper("roles").returncode == 0
    (path,) = (signed_in.state / "listings").iterdir()
    data = json.loads(path.read_text())
    assert path.stat().st_mode & 0o077 == 0
    for change in (
        {"listed_at": data["listed_at"] - 901},
        {"listed_at": data["listed_at"] + 60},
        {"token": "x"},
        {"roles": [1]},
    ):
        path.write_text(json.dumps(data | change))
        identity_center.counters.reset()
        assert signed_in.ssohelper("roles").returncode == 0
        assert identity_center.counters.calls["ListAccounts"] == 1
    assert signed_in.ssohelper("logout").returncode == 0
    assert not path.exists()
    assert signed_in.ssohelper("roles").returncode == 4


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
    listing.expect(r"222233334444,security-audit,ReadOnly,\r\n")
    listing.expect(pexpect.EOF)


def test_all_sessions(signed_in: Home) -> None:
    """With --all the roles of every session are listed, with its name; one that is not signed in is an error."""
    text = signed_in.config.read_text()
    signed_in.config.write_text(text + text.replace("acme", "beta"))
    done = signed_in.ssohelper("roles", "--all", "--json")
    assert (done.stderr, done.returncode) == (
        "ssohelper: not signed in to beta\nhint: ssohelper login --session beta\n",
        4,
    )
    assert {each["session"] for each in json.loads(done.stdout)} == {"acme"}
    assert signed_in.ssohelper("login", "--session", "beta").returncode == 0
    done = signed_in.ssohelper("roles", "--all", "--csv", "management")
    assert [line.split(",")[:3] for line in done.stdout.splitlines()] == [
        ["session", "account_id", "account_name"],
        ["acme", "111122223333", "management"],
        ["beta", "111122223333", "management"],
    ]


def test_matrix(synced: Home, identity_center: Simulator) -> None:
    """One line a role name: the session length that was seen, where it is, and where it is missing."""
    assert synced.ssohelper("env", "payments-prod.ReadOnly").returncode == 0
    identity_center.world.add_account(Account("999900001111", "payments-dev"))
    identity_center.world.assign("999900001111", "Developer")
    found = csv.DictReader(io.StringIO(synced.ssohelper("roles", "--matrix", "--fresh", "--csv").stdout))
    assert [(row["role_name"], row["session_duration"], row["accounts"], row["missing_in"]) for row in found] == [
        ("AdministratorAccess", "", "3", ""),
        ("Developer", "", "6", "payments-prod"),
        ("ReadOnly", "8h", "8", "payments-dev"),
    ]
    rows = json.loads(synced.ssohelper("roles", "--matrix", "--json", "only").stdout)
    assert [(row["role_name"], row["session_seconds"], len(row["assigned_in"])) for row in rows] == [
        ("ReadOnly", 28800, 8)
    ]
    assert rows[0]["missing_in"] == [{"account_id": "999900001111", "account_name": "payments-dev"}]
    (row,) = csv.DictReader(io.StringIO(synced.ssohelper("roles", "--matrix", "--csv", "only").stdout))
    assert (row["missing_in"], row["accounts"]) == ("payments-dev", "8")
