"""A job of twelve hours, in a few minutes: every call that it made was signed with keys that worked."""

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

# Time-outs of the network shrink as the clock runs: at this factor the SDKs' shortest, one second, is 10 ms.
FASTER = 100
MINUTES = 12 * 60


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The home folder of the job, in which Node finds the SDK."""
    modules = installed(tmp_path_factory, worker_id, "@aws-sdk/client-sts") / "node_modules"
    home = tmp_path / "home"
    home.mkdir()
    (home / "node_modules").symlink_to(modules)
    return home


def lived_through(folder: Path, weather: str) -> dict[str, Any]:
    """What happened in these twelve hours."""
    words = [*faketime(f"+0 x{FASTER}"), sys.executable, "-m", "tests.fixtures.time_lapse", str(folder)]
    more = {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [*words, weather],
        env=environment(folder, more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            printed, errors = running.communicate(timeout=2 * MINUTES * 60 / FASTER)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise
    assert running.returncode == 0, errors
    told: dict[str, Any] = json.loads(printed)
    return told


def went_well(told: dict[str, Any]) -> None:
    """Nobody noticed anything: every client called all the time, and each call was good."""
    assert (told["bad"], told["errors"], told["code"]) == ({}, {"cli.errors": []}, 0)
    assert told["good"]["Boto3"] > MINUTES * 0.9
    assert told["good"]["aws-sdk-js"] > MINUTES * 0.9
    assert told["good"]["aws-cli"] > MINUTES * 0.05  # each start of it takes a faked minute or two
    assert told["calls"]["StartDeviceAuthorization"] == 2


@pytest.mark.slow
@pytest.mark.time_lapse
def test_the_agent(folder: Path) -> None:
    """By a profile that calls the launcher, with the agent beside it, the same job notices nothing either."""
    told = lived_through(folder, "agent")
    went_well(told)
    # Now and then credentials are replaced before anybody has called with them.
    assert told["keys"] <= told["calls"]["GetRoleCredentials"] <= told["keys"] + 3
    assert [line for line in told["said"] if re.search(r" the sign-in to acme (ends in 1\dm|has ended)", line)]


@pytest.mark.slow
@pytest.mark.time_lapse
def test_exec(folder: Path) -> None:
    """Under `ssohelper exec`, where the portal fails in every way there is, for minutes at a time: no call fails."""
    told = lived_through(folder, "faults")
    went_well(told)
    said = [line for line in told["said"] if line.startswith("ssohelper: ")]
    assert re.match(r"ssohelper: the sign-in to acme (ends in 1\dm|has ended)", said[0])
    assert said[-1] == "ssohelper: signed in to acme: the job has fresh credentials again"
