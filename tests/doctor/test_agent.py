"""The agent."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ssohelper.simulator.server import Simulator
from ssohelper.storage import timestamps
from tests.fixtures.doctor_runs import change_token, check_fix, findings, run_fix
from tests.fixtures.home import HANG_SECONDS, Home

pytestmark = pytest.mark.full


@pytest.fixture
def agent(healthy: Home) -> Iterator[Callable[[], dict[str, Any]]]:
    """Returns what `agent status` prints; the agent is stopped after the test."""

    def status() -> dict[str, Any]:
        state: dict[str, Any] = json.loads(healthy.ssohelper("agent", "status", "--json").stdout)
        return state

    yield status
    healthy.ssohelper("agent", "stop")


def test_not_running(healthy: Home, agent: Callable[[], dict[str, Any]]) -> None:
    """An agent that is installed and not running is started by the fix."""
    unit = healthy.path / ".config/systemd/user/ssohelper-agent.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Unit]\n")
    (found,) = findings(healthy, "--offline")
    assert (found["kind"], found["fix"]) == ("agent-not-running", "ssohelper agent start")
    check_fix(healthy, "--offline")
    assert agent()["running"] is True


def test_failing(healthy: Home, agent: Callable[[], dict[str, Any]], identity_center: Simulator) -> None:
    """An agent that cannot refresh a sign-in can do so after the next sign-in."""
    change_token(healthy, expiresAt=timestamps.written(time.time() - 60))
    identity_center.revoke_all_tokens()
    assert healthy.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: any(each["problem"] for each in agent().get("sessions", {}).values()))
    found = [each for each in findings(healthy, "--offline") if each["kind"] == "agent-failing"]
    assert [each["fix"] for each in found] == ["ssohelper login --session acme"]
    run_fix(healthy, found[0]["fix"])
    wait_for(lambda: not any(each["problem"] for each in agent()["sessions"].values()))
    assert findings(healthy, "--offline") == []


def test_stuck(healthy: Home, agent: Callable[[], dict[str, Any]]) -> None:
    """An agent that does not check any more is restarted by the fix."""
    assert healthy.ssohelper("agent", "start").returncode == 0
    wait_for(lambda: "next_check_at" in agent())
    process = int(healthy.state.joinpath("locks/agent.holder").read_text())
    os.kill(process, signal.SIGSTOP)
    report = healthy.state / "agent.json"
    report.write_text(json.dumps(json.loads(report.read_text()) | {"next_check_at": time.time() - 900}))
    found = findings(healthy, "--offline")
    assert [(each["kind"], each["message"]) for each in found] == [
        ("agent-stuck", "the agent does not respond: its check is 15m overdue")
    ]
    check_fix(healthy, "--offline")


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition is true."""
    deadline = time.monotonic() + HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
