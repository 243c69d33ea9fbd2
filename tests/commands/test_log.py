"""`ssohelper log`: the audit log of sensitive roles."""

import csv
import ctypes
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.home import Home, command, sign_in
from tests.fixtures.sensitive_roles import (
    BY_ROLE,
    PAYMENTS,
    SENSITIVE,
    audit_log,
    set_sensitive,
    two_accounts,
    unlock,
)


@pytest.fixture
def identity_center() -> Iterator[Simulator]:
    """An Identity Center of two accounts."""
    with Simulator(two_accounts(), rate=None, auto_approve=True) as simulator:
        yield simulator


@pytest.fixture
def guarded(home: Home, identity_center: Simulator) -> Home:
    """A home folder, signed in, in which BreakGlass is sensitive in every account."""
    sign_in(home, identity_center)
    home.settings.parent.mkdir(parents=True)
    set_sensitive(home, BY_ROLE)
    return home


@pytest.mark.first_is_quick
def test_formats(guarded: Home) -> None:
    """There is an entry for each unlock and each use: when, who, which role, why, and to which process; no secret."""
    began = int(time.time())
    unlock(guarded)
    for used in ("credential-process", "env"):  # by the path, so that this process is the parent
        assert guarded.run(*command("ssohelper", used, *SENSITIVE)).returncode == 0
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    comm = Path("/proc/self/comm").read_text().strip()
    role = {"user": user, "session": "acme", "account_id": PAYMENTS, "role_name": "BreakGlass"}
    common = {**role, "reason": "incident 4711", "process": f"{comm} ({os.getpid()})"}
    lines = audit_log(guarded)
    times = [line.pop("time") for line in lines]
    until = lines[0].pop("until")
    assert lines == [{"event": event, **common} for event in ("unlock", "issue", "issue")]
    stamps = [time.mktime(time.strptime(each, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone for each in (*times, until)]
    assert stamps[:3] == sorted(stamps[:3])
    assert began <= stamps[0] <= stamps[2] <= time.time()
    assert stamps[3] - stamps[0] == 3600
    shown = [{"time": when, **line} for when, line in zip(times, lines, strict=True)]
    columns = ["time", "event", "user", "session", "account_id", "role_name", "reason", "process"]
    assert json.loads(guarded.ssohelper("log", "--json").stdout) == [
        {column: line[column] for column in columns} for line in shown
    ]
    assert list(csv.DictReader(io.StringIO(guarded.ssohelper("log", "--csv").stdout))) == shown
    table = guarded.ssohelper("log").stdout.splitlines()
    assert [re.split(r" {2,}", row) for row in table] == [
        columns,
        *([line[column] for column in columns] for line in shown),
    ]


def test_empty(guarded: Home) -> None:
    """Before the first unlock, the audit log is empty in every format."""
    header = "time,event,user,session,account_id,role_name,reason,process\n"
    for option, printed in (("--json", "[]\n"), ("--csv", header)):
        done = guarded.ssohelper("log", option)
        assert (done.stdout, done.stderr, done.returncode) == (printed, "", 0)
    assert guarded.ssohelper("log").stdout == header.replace(",", "  ")


# Changes the name of its own process, and runs a program.
RENAMED = """\
import ctypes, subprocess, sys
ctypes.CDLL(None).prctl(15, b"\\x1b[2J\\nx")
sys.exit(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode)
"""


@pytest.mark.first_is_quick
@pytest.mark.parametrize("options", [(), ("--json",), ("--csv",)], ids=["table", "json", "csv"])
def test_control_characters(guarded: Home, options: tuple[str, ...]) -> None:
    """No control character in the audit log reaches the terminal, neither from a process name nor from the file."""
    if not hasattr(ctypes.CDLL(None), "prctl"):
        pytest.skip("prctl is for Linux")
    unlock(guarded)
    done = guarded.run(sys.executable, "-c", RENAMED, *command("ssohelper", "credential-process", *SENSITIVE))
    assert done.returncode == 0, done.stderr
    with (guarded.state / "audit-log.jsonl").open("a") as file:
        file.write(
            json.dumps({"time": "t", "event": "e", "reason": "\x1b]0;pwned\x07 \x9b2J \r\nssohelper: x"}) + "\n"
        )
    guarded.environment["NO_COLOR"] = "1"
    shown = guarded.terminal("log", *options)
    shown.expect(pexpect.EOF)
    assert isinstance(shown.before, str)
    assert [each for each in shown.before.replace("\r\n", "") if not each.isprintable()] == []
    assert "pwned" in shown.before
