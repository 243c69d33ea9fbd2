"""`ssohelper permission-sets list`: every permission set, read now or a short time ago."""

import csv
import io
import json
import os
import re
import signal
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ssohelper.simulator import administered
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.home import HANG_SECONDS, Home, command, wait_for

if TYPE_CHECKING:
    from subprocess import CompletedProcess

HEADER = "name  session  accounts  groups  users  policies  state"
DEVELOPER = {
    "name": "Developer",
    "description": "Example of the well-run company, for developer tasks",
    "created": "2026-01-12T09:30:00Z",
    "session_seconds": 14400,
    "relay_state": "",
    "managed_policies": ["arn:aws:iam::aws:policy/PowerUserAccess"],
    "customer_managed_policies": [],
    "inline_policy": None,
    "boundary": {"path": "/boundaries/", "name": "developer"},
    "provisioned": [administered.DEV, administered.SANDBOX],
    "outdated": [],
    "groups": ["developers"],
    "users": [],
    "requests": [],
}


def listed(home: Home, *words: str) -> "CompletedProcess[str]":
    """`ssohelper permission-sets list`."""
    return home.ssohelper("permission-sets", "list", *words)


def one_space(text: str) -> list[str]:
    """The lines of a table, its columns two spaces apart."""
    return [re.sub("  +", "  ", line).strip() for line in text.splitlines()]


def test_table(administrator: Home, well_run: Simulator) -> None:
    """There is a line for each permission set, with what needs attention."""
    well_run.world.change_permission_set("Developer", session_hours=2)
    done = listed(administrator)
    lines = one_space(done.stdout)
    assert (lines[0], lines[4:6], done.stderr, done.returncode) == (
        HEADER,
        ["DataAnalytics  4h  5  1  0  inline", "Developer  2h  2  1  0  PowerUserAccess  outdated in 2"],
        "",
        0,
    )


def test_json(administrator: Home) -> None:
    """Programs get every fact, and whether everything could be read."""
    document = json.loads(listed(administrator, "--json").stdout)
    found: dict[str, Any] = document["permission_sets"][4]
    tags, arn = found.pop("tags"), found.pop("arn")
    assert found == DEVELOPER
    assert (tags["owner"], arn.partition("/")[0]) == ("platform", "arn:aws:sso:::permissionSet")
    assert (document["schema"], document["complete"], document["unread"]) == ("ssohelper/permission-sets/1", True, [])


@pytest.mark.full
def test_csv(administrator: Home) -> None:
    """For spreadsheets, there is CSV."""
    rows = list(csv.reader(io.StringIO(listed(administrator, "--csv").stdout)))
    assert ("  ".join(rows[0]), rows[5]) == (
        HEADER,
        ["Developer", "4h", "2", "1", "0", "PowerUserAccess", ""],
    )


def test_read_once(administrator: Home, well_run: Simulator) -> None:
    """What was read is used for 15 minutes, with a note of its age; --fresh reads it again."""
    before = listed(administrator).stdout
    well_run.counters.reset()
    again = listed(administrator)
    assert (again.stdout, well_run.counters.calls) == (before, {})
    assert re.fullmatch(r"ssohelper: permission sets were read \d+s ago; --fresh reads them again\n", again.stderr)
    listed(administrator, "--fresh")
    assert well_run.counters.calls["sso-admin:ListPermissionSets"] == 1


def test_kept_answers_are_private(administrator: Home) -> None:
    """What is kept names people: only the user can read it, and `logout` deletes it."""
    listed(administrator)
    (kept,) = administrator.state.rglob("*.jsonl")
    assert (kept.stat().st_mode & 0o777, b"ann@example.com" in kept.read_bytes()) == (0o600, False)
    assert administrator.ssohelper("logout").returncode == 0
    assert list(administrator.state.rglob("*.jsonl")) == []


@pytest.mark.full
def test_quick(administrator: Home, well_run: Simulator) -> None:
    """With --quick, no pair is asked for; users are not known, groups are."""
    well_run.counters.reset()
    done = listed(administrator, "--quick")
    assert "Developer  4h  2  1  ?  PowerUserAccess" in one_space(done.stdout)
    calls = well_run.counters.calls
    assert (calls["sso-admin:ListAccountAssignments"], calls["sso-admin:ListAccountAssignmentsForPrincipal"]) == (
        0,
        6,
    )


@pytest.mark.full
def test_quick_from_a_delegated_administrator(administrator: Home, well_run: Simulator) -> None:
    """Where assignments cannot be asked for by group, they are by pair."""
    well_run.faults.add(
        "sso-admin:ListAccountAssignmentsForPrincipal", Fault.error(400, "AccessDeniedException"), None
    )
    done = listed(administrator, "--quick")
    assert "Developer  4h  2  1  0  PowerUserAccess" in one_space(done.stdout)
    assert done.returncode == 5


@pytest.mark.full
def test_no_role(administrator: Home) -> None:
    """Without a role that reads, it says how one is named."""
    administrator.settings.unlink()
    done = listed(administrator)
    assert (done.stderr, done.returncode) == (
        (
            "ssohelper: no role given that may read permission sets of acme\n"
            'hint: use --as PROFILE, or set admin = "ACCOUNT/ROLE" in config.toml\n'
        ),
        2,
    )
    assert listed(administrator, "--as", "management/IdentityCenterReader").returncode == 0


def test_role_that_may_not_read(administrator: Home, well_run: Simulator) -> None:
    """A role without permission is told which one it needs."""
    well_run.world.assign(administered.MANAGEMENT, "QueueOperations", group="identity-admins")
    done = listed(administrator, "--as", "management/QueueOperations")
    hint = "use a role in the management account with the policy in docs/permission-sets.md"
    assert (done.stderr, done.returncode) == (f"ssohelper: sso:ListInstances is not allowed\nhint: {hint}\n", 1)


@pytest.mark.full
def test_another_region(administrator: Home) -> None:
    """A session with the wrong region is told the right one."""
    text = administrator.config.read_text()
    administrator.config.write_text(text.replace("sso_region = us-east-1", "sso_region = eu-west-1"))
    done = listed(administrator)
    assert (done.stderr.splitlines()[0], done.returncode) == (
        (
            f"ssohelper: account {administered.MANAGEMENT} has no IAM Identity Center in eu-west-1;"
            " it has one in us-east-1"
        ),
        1,
    )


@pytest.mark.full
def test_not_signed_in(administrator: Home) -> None:
    """Without a sign-in, the exit code is 4, with the command to sign in."""
    administrator.ssohelper("logout")
    done = listed(administrator)
    assert (done.stderr, done.returncode) == (
        "ssohelper: not signed in to acme\nhint: ssohelper login --session acme\n",
        4,
    )


@pytest.mark.full
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_interrupted(administrator: Home, well_run: Simulator, signal_number: int) -> None:
    """A reading that was interrupted goes on where it ended: what was answered is not asked again."""
    whole = calls_of(administrator, well_run, "--fresh")
    administrator.settings.write_text(administrator.settings.read_text().replace("rate = 1000", "rate = 20"))
    running = subprocess.Popen(
        command("ssohelper", "permission-sets", "list", "--fresh"),
        env=administrator.environment,
        cwd=administrator.path,
    )
    wait_for(lambda: 40 < answers(administrator) < 80)
    os.kill(running.pid, signal_number)
    running.wait(HANG_SECONDS)
    kept = answers(administrator)
    assert 40 < kept < sum(whole.values()) / 2
    resumed = calls_of(administrator, well_run, "--json")
    # Some questions take several calls, and the calls that were under way are made again.
    assert sum(resumed.values()) <= sum(whole.values()) - kept + 20
    assert listed(administrator, "--json").returncode == 0


def calls_of(home: Home, service: Simulator, *words: str) -> Counter[str]:
    """The calls of a listing that succeeds."""
    service.counters.reset()
    done = listed(home, *words)
    assert done.returncode == 0, done.stderr
    return service.counters.calls


def answers(home: Home) -> int:
    """How many answers are kept."""
    return sum(path.read_text().count("\n") - 1 for path in home.state.rglob("*.jsonl"))
