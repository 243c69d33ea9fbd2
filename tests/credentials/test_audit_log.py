"""The audit log of sensitive roles: one JSON line per entry, on this machine only."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssohelper.credentials import audit_log
from ssohelper.errors import Failed
from ssohelper.roles import RoleRef
from tests.fixtures.home import HANG_SECONDS

ROLE = RoleRef("acme", "333344445555", "BreakGlass")
NOW = 1767225600.9  # 2026-01-01T00:00:00Z, and a bit
MANY = """\
import sys
from ssohelper.credentials import audit_log
from ssohelper.roles import RoleRef
for number in range(50):
    audit_log.add(number, sys.argv[1], RoleRef("acme", "333344445555", "BreakGlass"), {"reason": "x" * 500})
"""


@pytest.fixture
def log(state: Path) -> Path:
    """The file of the log, in an empty home folder."""
    return state / "audit-log.jsonl"


def test_entry(log: Path) -> None:
    """An entry says when, what, who, which role and which process; only the user can read the file."""
    audit_log.add(NOW, "issue", ROLE, {"reason": "incident 4711\n"})
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    name = Path(f"/proc/{os.getppid()}/comm").read_text().strip()
    expected = {
        "time": "2026-01-01T00:00:00Z",
        "event": "issue",
        "user": user,
        "session": "acme",
        "account_id": "333344445555",
        "role_name": "BreakGlass",
        "reason": "incident 4711\n",
        "process": f"{name} ({os.getppid()})",
    }
    assert [json.loads(each) for each in log.read_text().splitlines()] == [expected]
    assert list(audit_log.entries()) == [expected]
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_user_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment cannot change the user's name."""
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "mallory")
    assert audit_log.user() == user


def test_caller_without_arguments() -> None:
    """The calling process is named without its arguments, which may hold secrets."""
    program = "from ssohelper.credentials import audit_log; print(audit_log.caller())"
    script = 'echo $$; "$1" -c "$2"; true'  # not the last command: some shells execute that in their own place
    words = ["sh", "-c", script, "secret-argument", sys.executable, program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=HANG_SECONDS, check=True)
    shell, caller = done.stdout.split("\n", 1)
    name = Path(os.path.realpath("/bin/sh")).name
    assert caller in (f"sh ({shell})\n", f"{name} ({shell})\n")


def test_invalid_lines(log: Path) -> None:
    """Lines that are not valid are skipped; the others are read in their order."""
    log.parent.mkdir(parents=True)
    log.write_bytes(b'\n{"a": 1}\nx\n[1]\n"y"\n\xff\n{"a": \n{"a": 2}\n{"a"')
    assert list(audit_log.entries()) == [{"a": 1}, {"a": 2}]


def test_torn_line(log: Path) -> None:
    """An entry that was cut off, since its writer was killed, does not swallow the next one."""
    log.parent.mkdir(parents=True)
    log.write_bytes(b'{"a": 1}\n{"event": "iss')
    audit_log.add(NOW, "issue", ROLE, {})
    assert [each.get("event") for each in audit_log.entries()] == [None, "issue"]
    audit_log.add(NOW, "lock", ROLE, {})
    assert [each.get("event") for each in audit_log.entries()] == [None, "issue", "lock"]


def test_short_write(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry of which a part alone could be written, as on a full disk, is an error."""
    monkeypatch.setattr(os, "write", lambda handle, data, write=os.write: write(handle, data[:10]))
    with pytest.raises(Failed, match="no space left on device"):
        audit_log.add(NOW, "issue", ROLE, {})
    assert log.stat().st_size == 10


def test_no_log() -> None:
    """Without a file there are no entries."""
    assert list(audit_log.entries()) == []


def test_unwritable(log: Path) -> None:
    """An entry that cannot be written is an error."""
    log.mkdir(parents=True)
    with pytest.raises(Failed) as failed:
        audit_log.add(NOW, "issue", ROLE, {})
    shown = "~/.local/state/ssohelper"
    assert (str(failed.value), failed.value.hint) == (
        f"can't write {shown}/audit-log.jsonl: is a directory",
        f"ls -ld {shown}",
    )


def test_concurrent_writers(log: Path) -> None:
    """The lines of several processes never mix, and none is lost."""
    words = [sys.executable, "-c", MANY]
    running = [subprocess.Popen([*words, f"writer {number}"]) for number in range(4)]
    assert [each.wait(timeout=HANG_SECONDS) for each in running] == [0] * 4
    entries = [json.loads(each) for each in log.read_text().splitlines()]
    found = [(each["event"], each["time"], len(each["reason"])) for each in entries]
    assert sorted(found) == sorted(
        (f"writer {writer}", f"1970-01-01T00:00:{number:02}Z", 500) for writer in range(4) for number in range(50)
    )
