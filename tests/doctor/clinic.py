"""A set-up that is broken on purpose, what the doctor says of it, and the mending command run as a person would."""

import json
from typing import Any

import pexpect

from tests.conftest import Home


def finds(home: Home, *words: str, **more: str) -> list[dict[str, Any]]:
    """What the doctor finds; the exit code must agree."""
    done = home.ssohelper("doctor", "--json", *words, **more)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    assert (done.returncode, done.stderr) == (int(any(each["broken"] for each in found)), "")
    return found


def kinds(found: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    """The kinds of what was found, and the lines."""
    return [(each["kind"], each["line"]) for each in found]


def mend(home: Home, command: str) -> None:
    """Run a mending command on a terminal, and say yes to what it asks."""
    person = home.terminal("-c", command, program="sh")
    while person.expect([r"\[y/N\] ", pexpect.EOF]) == 0:
        person.sendline("y")
    person.close()
    assert person.exitstatus == 0, person.before
