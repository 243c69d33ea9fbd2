"""Results as tables, JSON and CSV."""

import csv
import io
import json

import pytest

from ssohelper.roles import Account, Role
from ssohelper.sync.discovery import Discovery
from ssohelper.ui import output
from ssohelper.ui.look import Look

NOW = 1767225600.0  # 2026-01-01T00:00:00Z
HEADER = ("id", "name")
# Free text from an account's owner: control characters that a terminal would interpret.
HOSTILE = "\x1b]0;title\x07\x9b31m\u202e\r\n"
ROWS = [("111122223333", 'Zürich, "prod"'), ("444455556666", ""), ("777788889999", f"x{HOSTILE}y")]


def test_json() -> None:
    """An empty cell is null; control characters are escaped, other Unicode is not."""
    text = output.listing(HEADER, ROWS, as_json=True, as_csv=False, look=Look(color=True))
    assert json.loads(text) == [{"id": one, "name": two or None} for one, two in ROWS]
    assert all(each.isprintable() for each in text.replace("\n", ""))
    assert "Zürich" in text
    assert "\\u202e" in text


def test_csv() -> None:
    """Cells are quoted if necessary, and have no control characters."""
    text = output.listing(HEADER, ROWS, as_json=False, as_csv=True, look=Look(color=True))
    assert list(csv.reader(io.StringIO(text))) == [["id", "name"], *([one, output.safe(two)] for one, two in ROWS)]
    assert not text.endswith("\n")
    assert "\x1b" not in text


@pytest.mark.parametrize("color", [True, False])
def test_table(color: bool) -> None:
    """Columns are aligned by the width on a terminal; the header is bold, if colour is wanted."""
    rows = [("東京", "x"), ("\u00e9e\u0301", "y"), ("abcdefgh", "z")]
    header, *lines = output.listing(
        ("name", "n"), rows, as_json=False, as_csv=False, look=Look(color=color)
    ).splitlines()
    assert header == ("\x1b[1mname      n\x1b[0m" if color else "name      n")
    assert lines == ["東京      x", "\u00e9e\u0301        y", "abcdefgh  z"]


def test_table_without_rows() -> None:
    """Only the header is left."""
    assert output.table(HEADER, [], look=Look()) == "id  name"


def test_status() -> None:
    """Sessions, and the roles whose credentials are cached."""
    account = {"account_id": "111122223333"}
    row = {
        "session": "acme",
        "signed_in": True,
        "next_sign_in_at": "2026-01-01T07:00:00Z",
        "access_token_expires_at": "2026-01-01T08:00:00Z",
        "auto_refresh": True,
        "auto_refresh_problem": None,
        "registration_expires_at": "2026-04-01T00:00:00Z",
        "roles": [
            {"role_name": "ReadOnly", **account, "account_name": "dev", "expires_at": "2026-01-01T00:59:59Z"},
            {"role_name": "Admin", **account, "account_name": None, "expires_at": "2026-01-01T00:00:00Z"},
        ],
    }
    other = {
        "session": "beta",
        "signed_in": False,
        "next_sign_in_at": None,
        "access_token_expires_at": None,
        "auto_refresh": False,
        "auto_refresh_problem": "no refresh token",
        "registration_expires_at": None,
        "roles": [],
    }
    assert output.status_lines([row, other], NOW, look=Look()).splitlines() == [
        "session  next sign-in  access token  auto-refresh          registration expires",
        "acme     in 7h         8h left       yes                   2026-04-01",
        "beta     now           -             no: no refresh token  -",
        "",
        "role      account             session  credentials",
        "ReadOnly  dev (111122223333)  acme     59m left",
        "Admin     111122223333        acme     expired",
    ]
    assert len(output.status_lines([other], NOW, look=Look()).splitlines()) == 2
    unknown = {**row, "next_sign_in_at": None, "roles": []}
    assert "acme     not known     8h left" in output.status_lines([unknown], NOW, look=Look())


def test_agent() -> None:
    """Whether the agent is running, when it checks, and the state of each sign-in and role."""
    assert output.agent_lines({"running": False, "checks": 7}, NOW, look=Look()) == ["agent is not running"]
    assert output.agent_lines({"running": True}, NOW, look=Look()) == [
        "agent is running",
        "first check in progress",
    ]
    role = {"role_name": "ReadOnly", "account_id": "111122223333", "expires_at": None, "problem": "not assigned"}
    state = {
        "running": True,
        "next_check_at": NOW + 40 * 60,
        "checked_at": NOW - 5,
        "problem": f"out of {HOSTILE}",
        "sessions": {"acme": {"token_expires_at": NOW + 3600, "problem": None, "roles": [role]}},
    }
    first, second, problem, *table = output.agent_lines(state, NOW, look=Look(color=True))
    assert (first, second) == ("agent is running", "next check in 40m, last check 5s ago")
    assert problem == f"\x1b[31mout of {output.safe(HOSTILE)}\x1b[0m"
    assert "\n".join(table).splitlines()[2:] == [
        "acme     (sign-in)                 1h left",
        "acme     ReadOnly in 111122223333  -        not assigned",
    ]


def test_rows() -> None:
    """Accounts and roles as rows; names that Identity Center leaves out are empty."""
    known, nameless = Account("111122223333", "prod", "prod@example.com"), Account("444455556666")
    assert output.accounts_rows([known, nameless]) == [
        ("111122223333", "prod", "prod@example.com"),
        ("444455556666", "", ""),
    ]
    found = Discovery((known, nameless), (Role(known, "Admin"), Role(nameless, "ReadOnly")))
    assert output.roles_rows(found) == [("111122223333", "prod", "Admin"), ("444455556666", "", "ReadOnly")]


def test_safe() -> None:
    """Every control character is replaced, printable Unicode is kept."""
    assert output.safe(f"Zürich{HOSTILE}") == "Zürich?]0;title??31m???"
