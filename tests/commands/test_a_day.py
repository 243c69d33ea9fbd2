"""A day of work at a terminal: how many keys and answers it takes. docs/coming-from.md has the sum."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssohelper.simulator.server import Simulator
from tests.fixtures.browser_logins import browser_script
from tests.fixtures.concurrency import wait_until
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen
from tests.fixtures.shells import program_on_path
from tests.pictures import another_tool_writes

pytestmark = pytest.mark.full

RULE = """
[[defaults.rules]]
match = "payments-prod/Admin*"
color = "red"
label = "PROD"
confirm = true
"""
# What is typed to choose each role, and the profile that it is.
ROLES = {
    "stag read": "payments-staging.ReadOnly",
    "stag dev": "payments-staging.Developer",
    "dev.read": "data-platform-dev.ReadOnly",
    "dev.dev": "data-platform-dev.Developer",
    "audit": "security-audit.ReadOnly",
}
# Opens the page and returns, as a browser does that has the portal's cookies.
BROWSER = '#!/bin/sh\ncurl -sL "$1" >/dev/null\n'


class Person:
    """Types at a terminal; `keys` counts what was typed."""

    def __init__(self, terminal: Screen) -> None:
        self._terminal = terminal
        self.keys = 0

    def enter(self, text: str, expected: str) -> None:
        """Type a line, and wait for a text on the screen."""
        for number, word in enumerate(text.split(" ")):
            self._terminal.type(*(["Space"] if number else []), word)
        self._terminal.type("Enter")
        self.keys += len(text) + 1
        self._terminal.wait_for(expected)

    def choose(self, filter_: str, profile: str) -> None:
        """Choose a profile from the list of `ssohelper use`."""
        self.enter("ssohelper use", "profile:")
        for number, word in enumerate(filter_.split(" ")):
            self._terminal.type(*(["Space"] if number else []), word)
        wait_until(lambda: any(each.startswith(">") and profile in each for each in self._terminal.lines()))
        self._terminal.type("Enter")
        self.keys += len(filter_) + 1


@pytest.fixture
def morning(synced: Home) -> Home:
    """A home folder with profiles, and a rule for production; the sign-in of yesterday is over."""
    synced.settings.parent.mkdir(parents=True, exist_ok=True)
    synced.settings.write_text(RULE)
    assert synced.ssohelper("logout").returncode == 0
    program_on_path(synced)
    assert synced.ssohelper("prompt", "--keep").returncode == 0
    (synced.path / "bin").mkdir(exist_ok=True)
    synced.environment.update(BROWSER=browser_script(synced, BROWSER), PS1="$ ", NO_COLOR="1")
    return synced


@pytest.fixture
def terminal(morning: Home) -> Iterator[Screen]:
    """A shell with our hook."""
    with screen(morning, "bash", "--norc", "--noprofile", "-i", columns=120, rows=30) as shown:
        shown.wait_for("$")
        shown.type('eval "$(ssohelper shell-init bash)"', "Enter", "clear", "Enter")
        shown.wait_for("sign in $")
        yield shown


def test_a_day(morning: Home, identity_center: Simulator, terminal: Screen) -> None:
    """Sign in, use ten roles, change production, run a long job; the sign-in ends, and the job goes on."""
    person = Person(terminal)
    identity_center.counters.reset()
    person.enter("ssohelper login", "signed in to acme")
    assert person.keys == 16

    for filter_, profile in [*ROLES.items()] * 2:
        person.choose(filter_, profile)
        terminal.wait_for(f"{profile} $")
    table = Path(__file__).parents[2] / "docs" / "coming-from.md"
    found = re.search(r"\| ten switches [^|]*\| (\d+) keys", table.read_text())
    assert found is not None
    assert person.keys - 16 == int(found[1])

    person.choose("prod admin", "payments-prod.AdministratorAccess")
    terminal.wait_for("use PROD AdministratorAccess in payments-prod (333344445555)? [y/N]")
    person.enter("y", "PROD payments-prod.AdministratorAccess $")
    person.enter("ssohelper exec -y printenv SSOHELPER_EXEC", "acme 333344445555 AdministratorAccess")

    person.enter("ssohelper use -", "security-audit.ReadOnly $")
    terminal.type("ssohelper use -", "Enter")
    wait_until(lambda: terminal.lines()[-1].endswith("payments-prod (333344445555)? [y/N]"))
    terminal.type("n", "Enter")
    terminal.wait_for("not confirmed")
    script = "echo began; while [ ! -e finish ]; do sleep 0.1; done; ssohelper env --json >/dev/null; echo done: $?"
    (morning.path / "job").write_text(script)
    person.enter("ssohelper exec -- sh job", "began")
    another_tool_writes(morning, -1)
    assert morning.ssohelper("status").returncode == 4
    assert morning.ssohelper("login").returncode == 0  # at another terminal
    (morning.path / "finish").touch()
    terminal.wait_for("done: 0")
