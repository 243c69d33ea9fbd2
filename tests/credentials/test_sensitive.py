"""The guard of sensitive roles and its log: closed until a person opens it for a while; every use is a line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from ssohelper.credentials import audit_log
from ssohelper.credentials.sensitive import Guard
from ssohelper.errors import Failed, Locked
from ssohelper.model import Session
from tests.fixtures.home import HANG_SECONDS

SESSION = Session("acme", "https://acme.awsapps.com/start", "eu-central-1")
ACCOUNT, ROLE = "333344445555", "BreakGlass"
BEGAN = "2026-03-04T05:06:07Z"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder, in a home folder of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "ssohelper"


def guard(session: Session = SESSION) -> Guard:
    """The guard of a session to which every role is sensitive."""
    return Guard(session, lambda _account, _role: True, time.time)


def refusal(of: Guard, account: str = ACCOUNT, role: str = ROLE) -> tuple[str, str | None]:
    """What is said where a role is locked."""
    with pytest.raises(Locked) as locked:
        of.pass_(account, role)
    return str(locked.value), locked.value.hint


def line(when: str, event: str, reason: str, **more: str) -> dict[str, str]:
    """A line of the log, about this process: whoever started the test is the caller."""
    parent = os.getppid()
    name = Path(f"/proc/{parent}/comm").read_text().strip()
    facts = {"session": "acme", "account_id": ACCOUNT, "role_name": ROLE, "reason": reason}
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    return {"time": when, "event": event, "user": user, **facts, **more, "process": f"{name} ({parent})"}


def log(state: Path) -> list[dict[str, Any]]:
    """What the file of the log holds, line by line."""
    return [json.loads(each) for each in (state / "log.jsonl").read_text().splitlines()]


HINT = 'ssohelper unlock 333344445555/BreakGlass --session {session} --reason "..." --for 1h'


def test_locked(state: Path) -> None:
    """Nobody passes before it was unlocked; the hint is the command that unlocks it; nothing is written."""
    assert refusal(guard()) == (
        "BreakGlass in 333344445555 is a sensitive role, and not unlocked",
        HINT.format(session="acme"),
    )
    assert refusal(guard(replace(SESSION, name="my company")))[1] == HINT.format(session="'my company'")
    assert not state.exists()


def test_for_a_while(state: Path) -> None:
    """Until its time is over it is open, to the second; each pass is one line of the log, with the reason."""
    with freeze_time(BEGAN) as clock:
        unlock = guard().unlock(ACCOUNT, ROLE, 3600, "incident 4711")
        assert (unlock.until, unlock.reason) == (time.time() + 3600, "incident 4711")
        guard().pass_(ACCOUNT, ROLE)
        clock.tick(timedelta(seconds=3599))
        guard().pass_(ACCOUNT, ROLE)
        clock.tick(timedelta(seconds=1))
        assert refusal(guard()) == (
            "BreakGlass in 333344445555 is a sensitive role, and no longer unlocked",
            HINT.format(session="acme"),
        )
    expected = [
        line(BEGAN, "unlock", "incident 4711", until="2026-03-04T06:06:07Z"),
        line(BEGAN, "issue", "incident 4711"),
        line("2026-03-04T06:06:06Z", "issue", "incident 4711"),
    ]
    assert log(state) == expected
    assert list(audit_log.lines()) == expected
    assert {each.stat().st_mode & 0o077 for each in state.rglob("*")} == {0}


def test_the_last_unlock_counts(state: Path) -> None:
    """A new unlock takes the place of the one before, also where it is shorter."""
    with freeze_time(BEGAN) as clock:
        guard().unlock(ACCOUNT, ROLE, 3600, "first")
        guard().unlock(ACCOUNT, ROLE, 60, "second")
        guard().pass_(ACCOUNT, ROLE)
        clock.tick(timedelta(seconds=61))
        assert refusal(guard())[0].endswith("no longer unlocked")
    assert [each["reason"] for each in log(state)] == ["first", "second", "second"]


@pytest.mark.parametrize(
    ("session", "account", "role"),
    [("beta", ACCOUNT, ROLE), ("acme", "333344445556", ROLE), ("acme", ACCOUNT, "Breakglass"), ("ac", "me", ROLE)],
)
def test_no_other_role(session: str, account: str, role: str) -> None:
    """What was unlocked is one role, in one account, by one session."""
    guard().unlock(ACCOUNT, ROLE, 3600, "incident")
    assert refusal(guard(replace(SESSION, name=session)), account, role)[0].endswith("and not unlocked")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda data: data[:-2],
    "binary": lambda _: bytes(range(256)),
    "a list": lambda data: b"[" + data + b"]",
    "no until": lambda data: data.replace(b"until", b"until_"),
    "a text": lambda data: data.replace(b'"until": ', b'"until": "9').replace(b", ", b'", '),
    "null": lambda _: b'{"until": null, "reason": "x"}',
    "no reason": lambda data: data.replace(b"reason", b"because"),
    "a reason that is none": lambda _: b'{"until": 99999999999, "reason": 1}',
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged(state: Path, damage: Callable[[bytes], bytes]) -> None:
    """An unlock that cannot be read opens nothing."""
    guard().unlock(ACCOUNT, ROLE, 3600, "incident")
    (path,) = (state / "unlocked").iterdir()
    damaged = damage(path.read_bytes())
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    assert refusal(guard())[0].endswith("and not unlocked")
    assert [each["event"] for each in log(state)] == ["unlock"]


def test_a_log_that_cannot_be_written(state: Path) -> None:
    """What cannot be written down does not happen: no unlock, and no pass of a role that is open."""
    with freeze_time(BEGAN):
        guard().unlock(ACCOUNT, ROLE, 3600, "incident")
        kept = {each: each.read_bytes() for each in (state / "unlocked").iterdir()}
        (state / "log.jsonl").unlink()
        (state / "log.jsonl").mkdir()
        told = (f"can't write {Path('~/state/ssohelper/log.jsonl')}: is a directory", "ls -ld ~/state/ssohelper")
        for attempt in (lambda: guard().pass_(ACCOUNT, ROLE), lambda: guard().unlock(ACCOUNT, ROLE, 9999, "again")):
            with pytest.raises(Failed) as failed:
                attempt()
            assert (str(failed.value), failed.value.hint) == told
    assert {each: each.read_bytes() for each in (state / "unlocked").iterdir()} == kept


def test_what_is_no_line(state: Path) -> None:
    """Lines that are not ours are left out, and the others are read in their order."""
    state.mkdir(parents=True)
    (state / "log.jsonl").write_bytes(b'\n{"a": 1}\nx\n[1]\n"y"\n\xff\n{"a": \n{"a": 2}\n{"a"')
    assert list(audit_log.lines()) == [{"a": 1}, {"a": 2}]


MANY = """\
import sys
from ssohelper.credentials import ledger
for number in range(50):
    ledger.add(number, sys.argv[1], {"reason": "x" * 500})
"""


def test_many_at_once(state: Path) -> None:
    """Lines of many processes at once never mix, and none is lost."""
    words = [sys.executable, "-c", MANY]
    running = [subprocess.Popen([*words, f"writer {number}"]) for number in range(4)]
    assert [each.wait(timeout=HANG_SECONDS) for each in running] == [0] * 4
    found = [(each["event"], each["time"], len(each["reason"])) for each in log(state)]
    assert sorted(found) == sorted(
        (f"writer {writer}", f"1970-01-01T00:00:{number:02}Z", 500) for writer in range(4) for number in range(50)
    )
