"""A job of twelve hours, in a few minutes of real time: every call to STS must succeed."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.faketime import faketime
from tests.fixtures.home import environment
from tests.fixtures.javascript import installed

pytestmark = pytest.mark.full

# Network timeouts shrink with the clock: at this factor the shortest in the SDKs, one second, is 14 ms.
FACTOR = 70
MINUTES = 12 * 60


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The home folder of the job, with the SDK for Node."""
    modules = installed(tmp_path_factory, worker_id, "@aws-sdk/client-sts") / "node_modules"
    home = tmp_path / "home"
    home.mkdir()
    (home / "node_modules").symlink_to(modules)
    return home


def run_job(folder: Path, conditions: str) -> dict[str, Any]:
    """Run the job; returns its result (see `tests/long/time_lapse.py`)."""
    words = [*faketime(f"+0 x{FACTOR}"), sys.executable, "-m", "tests.long.time_lapse", str(folder)]
    more = {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [*words, conditions],
        env=environment(folder, more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            printed, errors = running.communicate(timeout=2 * MINUTES * 60 / FACTOR)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise
    assert running.returncode == 0, errors
    result: dict[str, Any] = json.loads(printed)
    return result


def check(result: dict[str, Any]) -> None:
    """Check that every client kept calling, and that every call succeeded."""
    assert (result["bad"], result["errors"], result["code"]) == ({}, {"cli.errors": []}, 0)
    assert result["good"]["Boto3"] > MINUTES * 0.9
    assert result["good"]["aws-sdk-js"] > MINUTES * 0.9
    assert result["good"]["aws-cli"] > MINUTES * 0.05  # by this clock, it takes a minute or two to start
    assert result["calls"]["StartDeviceAuthorization"] == 2


@pytest.mark.slow
@pytest.mark.time_lapse
def test_the_agent(folder: Path) -> None:
    """With a credential-process profile and a running agent, every call succeeds."""
    result = run_job(folder, "agent")
    check(result)
    # Sometimes credentials are replaced before they were used, more often on a machine that is busy.
    assert result["keys"] <= result["calls"]["GetRoleCredentials"] <= result["keys"] * 4 / 3
    expired = re.compile(r" the sign-in to acme (expires in 1\dm|has expired)")
    assert any(map(expired.search, result["stderr"]))


@pytest.mark.slow
@pytest.mark.time_lapse
def test_exec(folder: Path) -> None:
    """Under `ssohelper exec`, with a portal that fails repeatedly for minutes, every call succeeds."""
    result = run_job(folder, "faults")
    check(result)
    messages = [line for line in result["stderr"] if line.startswith("ssohelper: ")]
    assert re.match(r"ssohelper: the sign-in to acme (expires in 1\dm|has expired)", messages[0])
    assert messages[-1] == "ssohelper: signed in to acme: the command has fresh credentials again"
