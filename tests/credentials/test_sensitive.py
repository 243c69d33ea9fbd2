"""The guard of sensitive roles: locked until a person unlocks one for some time; every use is recorded."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from ssohelper.credentials import audit_log
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import Failed, Locked
from ssohelper.roles import RoleRef

ACCOUNT, NAME = "333344445555", "BreakGlass"
ROLE = RoleRef("acme", ACCOUNT, NAME)
BEGAN = "2026-03-04T05:06:07Z"
HINT = "ssohelper unlock 333344445555/BreakGlass --session {session} --for 1h"


def guard() -> Guard:
    """A guard for which every role is sensitive."""
    return Guard(lambda _role: True, time.time)


def refusal(role: RoleRef = ROLE) -> tuple[str, str | None]:
    """The message and the hint for a locked role."""
    with pytest.raises(Locked) as locked:
        guard().authorize(role)
    return str(locked.value), locked.value.hint


def log() -> list[dict[str, Any]]:
    """The entries of the audit log, without user and process."""
    return [
        {key: value for key, value in each.items() if key not in ("user", "process")} for each in audit_log.entries()
    ]


def entry(when: str, event: str, reason: str, **more: str) -> dict[str, str]:
    """An entry of the audit log for the role."""
    role = {"session": "acme", "account_id": ACCOUNT, "role_name": NAME}
    return {"time": when, "event": event, **role, "reason": reason, **more}


def test_locked(state: Path) -> None:
    """A role that was never unlocked is refused; the hint is the command that unlocks it; nothing is written."""
    assert refusal() == (
        "BreakGlass in 333344445555 is a sensitive role, and not unlocked",
        HINT.format(session="acme"),
    )
    assert refusal(RoleRef("my company", ACCOUNT, NAME))[1] == HINT.format(session="'my company'")
    assert not state.exists()


def test_unlocked_for_some_time(state: Path) -> None:
    """An unlocked role is authorized until the second at which that expires; each use is recorded with the reason."""
    with freeze_time(BEGAN) as clock:
        unlock = guard().unlock(ROLE, 3600, "incident 4711")
        assert (unlock.until, unlock.reason) == (time.time() + 3600, "incident 4711")
        guard().authorize(ROLE)
        clock.tick(timedelta(seconds=3599))
        guard().authorize(ROLE)
        clock.tick(timedelta(seconds=1))
        assert refusal() == (
            "BreakGlass in 333344445555 is a sensitive role, and no longer unlocked",
            HINT.format(session="acme"),
        )
    assert log() == [
        entry(BEGAN, "unlock", "incident 4711", until="2026-03-04T06:06:07Z"),
        entry(BEGAN, "issue", "incident 4711"),
        entry("2026-03-04T06:06:06Z", "issue", "incident 4711"),
    ]
    assert {each.stat().st_mode & 0o077 for each in state.rglob("*")} == {0}


def test_last_unlock_counts() -> None:
    """A new unlock replaces the one before, even if it is shorter."""
    with freeze_time(BEGAN) as clock:
        guard().unlock(ROLE, 3600, "first")
        guard().unlock(ROLE, 60, "second")
        guard().authorize(ROLE)
        clock.tick(timedelta(seconds=61))
        assert refusal()[0].endswith("no longer unlocked")
    assert [each["reason"] for each in log()] == ["first", "second", "second"]


def test_locked_again() -> None:
    """`lock` ends an unlock and records that; a role that is locked already is not recorded."""
    with freeze_time(BEGAN) as clock:
        assert guard().lock(ROLE) is False
        guard().unlock(ROLE, 60, "incident")
        assert (guard().lock(ROLE), guard().lock(ROLE)) == (True, False)
        assert refusal()[0].endswith("and not unlocked")
        guard().unlock(ROLE, 60, "again")
        clock.tick(timedelta(seconds=60))
        assert guard().lock(ROLE) is False
    assert [(each["event"], each["reason"]) for each in log()] == [
        ("unlock", "incident"),
        ("lock", "incident"),
        ("unlock", "again"),
    ]


@pytest.mark.parametrize(
    ("session", "account", "role"),
    [("beta", ACCOUNT, NAME), ("acme", "333344445556", NAME), ("acme", ACCOUNT, "Breakglass"), ("ac", "me", NAME)],
)
def test_other_roles_stay_locked(session: str, account: str, role: str) -> None:
    """Only that role, in that account and session, is unlocked."""
    guard().unlock(ROLE, 3600, "incident")
    assert refusal(RoleRef(session, account, role))[0].endswith("and not unlocked")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda data: data[:-2],
    "binary": lambda _: bytes(range(256)),
    "a list": lambda data: b"[" + data + b"]",
    "no until": lambda data: data.replace(b"until", b"until_"),
    "a text": lambda data: data.replace(b'"until": ', b'"until": "9').replace(b", ", b'", '),
    "null": lambda _: b'{"until": null, "reason": "x"}',
    "no reason": lambda data: data.replace(b"reason", b"because"),
    "a reason that is not text": lambda _: b'{"until": 99999999999, "reason": 1}',
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_file(state: Path, damage: Callable[[bytes], bytes]) -> None:
    """A damaged file does not unlock the role."""
    guard().unlock(ROLE, 3600, "incident")
    (path,) = (state / "unlocked").iterdir()
    damaged = damage(path.read_bytes())
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    assert refusal()[0].endswith("and not unlocked")
    assert [each["event"] for each in log()] == ["unlock"]


def test_unwritable_log(state: Path) -> None:
    """Without an entry in the audit log nothing is unlocked, and an unlocked role is not authorized."""
    with freeze_time(BEGAN):
        guard().unlock(ROLE, 3600, "incident")
        before = {each: each.read_bytes() for each in (state / "unlocked").iterdir()}
        audit_log.path().unlink()
        audit_log.path().mkdir()
        for attempt in (lambda: guard().authorize(ROLE), lambda: guard().unlock(ROLE, 9999, "again")):
            with pytest.raises(Failed) as failed:
                attempt()
            assert str(failed.value) == "can't write ~/.local/state/ssohelper/audit-log.jsonl: is a directory"
    assert {each: each.read_bytes() for each in (state / "unlocked").iterdir()} == before
