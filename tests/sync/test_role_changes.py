"""The roles that were assigned, or taken away, since the last sync."""

from pathlib import Path

import pytest

from ssohelper.model import Session
from ssohelper.roles import Account, Role
from ssohelper.storage import paths
from ssohelper.sync import role_changes
from ssohelper.sync.discovery import Discovery, Unlisted
from ssohelper.sync.role_changes import RoleChanges

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
ONE, TWO = Account("111122223333", "one"), Account("222233334444")
BEFORE = Discovery((ONE, TWO), (Role(ONE, "Admin"), Role(TWO, "ReadOnly")))


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_changes() -> None:
    """Roles are compared by account and name; a renamed account is no change."""
    assert role_changes.since_last_sync(SESSION, BEFORE, 3000) is None
    role_changes.save(SESSION, BEFORE, 1000)
    assert role_changes.since_last_sync(SESSION, BEFORE, 3000) == RoleChanges(1000, (), ())
    renamed = Account(ONE.id, "other")
    found = Discovery((renamed, TWO), (Role(renamed, "Admin"), Role(TWO, "Developer")))
    assert role_changes.since_last_sync(SESSION, found, 3000) == RoleChanges(
        1000, (Role(TWO, "Developer"),), (Role(TWO, "ReadOnly"),)
    )


def test_unlisted() -> None:
    """Of an account that could not be listed nothing is known: its roles are not called lost, nor forgotten."""
    role_changes.save(SESSION, BEFORE, 1000)
    partial = Discovery((ONE, TWO), (Role(ONE, "Admin"),), (Unlisted(TWO, "HTTP 500"),))
    assert role_changes.since_last_sync(SESSION, partial, 3000) == RoleChanges(1000, (), ())
    role_changes.save(SESSION, partial, 2000)
    assert role_changes.since_last_sync(SESSION, BEFORE, 3000) == RoleChanges(1000, (), ())


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        "{}",
        '{"synced_at": "x", "roles": []}',
        '{"synced_at": 1, "roles": [1]}',
        '{"synced_at": NaN, "roles": []}',
        '{"synced_at": 1e400, "roles": []}',
        '{"synced_at": -1e308, "roles": []}',
    ],
)
def test_damaged(damage: str) -> None:
    """A damaged record is as none."""
    role_changes.save(SESSION, BEFORE, 1000)
    (path,) = (paths.state() / "synced-roles").iterdir()
    path.write_text(damage)
    assert role_changes.since_last_sync(SESSION, BEFORE, 3000) is None
