"""A job of twelve hours, in a few minutes: every call that it made was signed with keys that worked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.components import need
from tests.conftest import Home, environment
from tests.javascript import installed

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


def lived_through(folder: Path, *words: str) -> dict[str, Any]:
    """What happened in these twelve hours."""
    home = Home(folder, environment(folder, {}))
    program = (need("python3"), "-m", "tests.refresher.timelapse", str(folder), *words)
    done = home.run(need("faketime"), "-f", f"+0 x{FASTER}", *program, PYTHONPATH=str(Path(__file__).parents[2]))
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def went_well(told: dict[str, Any]) -> None:
    """Nobody noticed anything: every client called all the time, and each call was good."""
    assert (told["bad"], told["errors"], told["code"]) == ({}, {"cli.errors": []}, 0)
    assert told["good"]["Boto3"] > MINUTES * 0.9
    assert told["good"]["aws-sdk-js"] > MINUTES * 0.9
    assert told["good"]["aws-cli"] > MINUTES * 0.15  # each start of it takes a faked minute or two
    assert told["calls"]["StartDeviceAuthorization"] == 2


@pytest.mark.slow
def test_a_long_job(folder: Path) -> None:
    """Role sessions and tokens of an hour, a sign-in that ends in the middle: the job notices none of it."""
    told = lived_through(folder, "well")
    went_well(told)
    # All of them had the same keys, each for 40 minutes.
    assert 17 <= told["keys"] <= 20
    assert told["calls"]["GetRoleCredentials"] == told["keys"]
    ending, fresh = (each for each in told["said"] if each.startswith("ssohelper: "))
    assert re.fullmatch(r"ssohelper: the sign-in to acme ends in 1\dm: sign in before, and the job goes on", ending)
    assert fresh == "ssohelper: signed in to acme: the job has fresh credentials again"


@pytest.mark.slow
def test_the_agent(folder: Path) -> None:
    """By a profile that calls the launcher, with the agent beside it, the same job notices nothing either."""
    told = lived_through(folder, "agent")
    went_well(told)
    assert told["calls"]["GetRoleCredentials"] == told["keys"]
    log = (folder / ".local" / "state" / "ssohelper" / "agent.log").read_text()
    assert re.search(r" the sign-in to acme ends in 1\dm\n", log)


@pytest.mark.slow
def test_a_portal_that_fails(folder: Path) -> None:
    """The portal fails in every way there is, for minutes at a time: while credentials work no call fails."""
    went_well(lived_through(folder, "faults"))
