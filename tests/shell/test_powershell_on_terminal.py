"""PowerShell with a person in front of it: prompt, TAB, the list of `ssohelper-use`, Ctrl-C."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.fixtures import shells
from tests.fixtures.components import need
from tests.fixtures.home import Home
from tests.fixtures.screen import Screen, screen

pytestmark = pytest.mark.full

ONE, OTHER = "payments-prod.ReadOnly", "management.ReadOnly"


@pytest.fixture
def terminal(synced: Home) -> Iterator[Screen]:
    """A PowerShell whose profile loads the integration, with a plain prompt."""
    shells.program_on_path(synced)
    assert synced.ssohelper("shell-init", "powershell", "--install").returncode == 0
    profile = synced.path / ".config" / "powershell" / "Microsoft.PowerShell_profile.ps1"
    profile.write_text('function prompt { "$?> " }\n' + profile.read_text())
    synced.environment.pop("NO_COLOR", None)
    with screen(synced, need("pwsh"), "-NoLogo", columns=120, rows=30) as shown:
        prompt(shown)
        yield shown


def prompt(terminal: Screen) -> str:
    """The last line, as soon as it is a prompt that waits."""
    deadline = time.monotonic() + 30
    while not re.search(r"(True|False)>$", terminal.lines()[-1]):
        assert time.monotonic() < deadline, "\n".join(terminal.lines())
        time.sleep(0.05)
    return terminal.lines()[-1]


def entered(terminal: Screen, line: str) -> str:
    """The prompt after a line."""
    terminal.type(line, "Enter")
    time.sleep(0.2)
    return prompt(terminal)


def test_prompt(terminal: Screen) -> None:
    """The chosen profile is in the next prompt; the person's own prompt sees what the last command did."""
    assert entered(terminal, f"ssohelper-use {ONE}") == f"{ONE} True>"
    assert entered(terminal, "ssohelper-use --no-input nope") == f"{ONE} False>"
    assert entered(terminal, "ssohelper logout --all") == f"{ONE}: sign in True>"
    assert any("\x1b[31m" in line and "sign in" in line for line in terminal.lines(colors=True))
    assert entered(terminal, "ssohelper-use --unset") == "acme: sign in True>"
    assert entered(terminal, "Remove-Module ssohelper") == "True>"


def test_tab(terminal: Screen) -> None:
    """TAB completes a profile, typed in any case."""
    terminal.type("ssohelper-use PAYMENTS-PROD.R", "Tab")
    terminal.wait_for(f"ssohelper-use {ONE}")
    terminal.type("Enter")
    time.sleep(0.2)
    assert prompt(terminal) == f"{ONE} True>"


def test_list(terminal: Screen) -> None:
    """Without a name the list opens; what is chosen is used, and Ctrl-C leaves everything as it was."""
    terminal.type("ssohelper-use", "Enter")
    terminal.wait_for("payments-staging.ReadOnly")
    terminal.type("manage")
    time.sleep(0.5)
    terminal.type("Enter")
    terminal.wait_for(f"{OTHER} True>")
    terminal.type("ssohelper-use", "Enter")
    terminal.wait_for("payments-staging.ReadOnly")
    terminal.type("C-c")
    terminal.wait_for("nothing changed")
    assert entered(terminal, '"<$LASTEXITCODE $env:AWS_PROFILE>"').endswith("True>")
    assert any(f"<130 {OTHER}>" in line for line in terminal.lines())


def test_interrupted_command(terminal: Screen) -> None:
    """Ctrl-C ends the command of `exec`, and the session goes on."""
    terminal.type(f"ssohelper exec {ONE} -- sh -c 'echo started; sleep 60'", "Enter")
    terminal.wait_for("refreshed automatically")
    deadline = time.monotonic() + 30
    while not any(line == "started" for line in terminal.lines()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    terminal.type("C-c")
    assert prompt(terminal).endswith(">")
    assert entered(terminal, "'still here'").endswith("True>")
