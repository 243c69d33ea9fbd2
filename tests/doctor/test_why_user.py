"""Why another person can or cannot use a permission set, as an administrator reads it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from ssohelper.identity_center.admin_service import OPERATIONS
from ssohelper.simulator import administered
from ssohelper.simulator.entities import Group, Principal, User
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import World
from tests.fixtures.home import Home

ANN = ("--user", "ann@example.com")
SANDBOX = ("--account", "sandbox")
DEVELOPER = ("--role", "Developer")
GOOD = {
    "user": ("ann (enabled)", True),
    "account": (f"sandbox ({administered.SANDBOX})", True),
    "permission set": ("Developer, sessions of 4h", True),
    "assigned": ("by the group developers", True),
    "provisioned": ("the account has the latest version", True),
}


def why(home: Home, *words: str, code: int) -> dict[str, Any]:
    """The report in JSON; the steps by name, each with whether it is ok."""
    done = home.ssohelper("why", *words, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "steps": {each["name"]: (each["detail"], each["ok"]) for each in found["steps"]}}


def test_works(administrator: Home, well_run: Simulator) -> None:
    """Every step is fine; a few calls are enough."""
    well_run.counters.reset()
    report = why(administrator, *ANN, *SANDBOX, *DEVELOPER, code=0)
    assert report["steps"] == GOOD
    assert (report["sentence"], report["works"]) == ("ann can use Developer in sandbox", True)
    assert sum(number for name, number in well_run.counters.calls.items() if ":" in name) < 25


def test_text(administrator: Home) -> None:
    """People read steps, a sentence, and what to do next."""
    done = administrator.ssohelper("why", "--user", "frank@example.com", *SANDBOX, "--role", "CostReports")
    assert (done.stdout, done.stderr, done.returncode) == (
        (
            "ok user            frank (enabled)\n"
            f"ok account         sandbox ({administered.SANDBOX})\n"
            "ok permission set  CostReports, sessions of 4h\n"
            "x  assigned        not assigned to frank\n"
            "x  provisioned     not provisioned in this account\n"
            "\n"
            "frank cannot use CostReports in sandbox: not assigned to frank\n"
        ),
        "hint: assign CostReports to one of frank's groups: IAM Identity Center > AWS accounts\n",
        1,
    )


def _direct(world: World) -> None:
    world.withdraw(administered.SANDBOX, "Developer", group="developers")
    world.assign(administered.SANDBOX, "Developer", "ann@example.com")


# The change, what it makes of a step, and the exit code.
CHANGES: dict[str, tuple[Callable[[World], object], tuple[str, str, bool], int]] = {
    "disabled": (lambda world: world.disable_user("ann@example.com"), ("user", "ann is disabled", False), 1),
    "suspended": (
        lambda world: world.change_account(administered.SANDBOX, state="SUSPENDED"),
        ("account", f"sandbox ({administered.SANDBOX}) is suspended", False),
        1,
    ),
    "directly": (_direct, ("assigned", "directly", True), 0),
    "not in the group": (
        lambda world: world.remove_member("developers", "ann@example.com"),
        ("assigned", "not assigned to ann; in this account, the group developers has it", False),
        1,
    ),
    "older version": (
        lambda world: world.change_permission_set("Developer", session_hours=2),
        ("provisioned", "the account has an older version of it", False),
        0,
    ),
}


@pytest.mark.first_is_quick
@pytest.mark.parametrize(("change", "expected", "code"), CHANGES.values(), ids=list(CHANGES))
def test_one_step(
    administrator: Home,
    well_run: Simulator,
    change: Callable[[World], object],
    expected: tuple[str, str, bool],
    code: int,
) -> None:
    """What is wrong is told at its step; the others are as they were."""
    change(well_run.world)
    step, detail, ok = expected
    report = why(administrator, *ANN, *SANDBOX, *DEVELOPER, code=code)
    good = {**GOOD, "permission set": ("Developer, sessions of 2h", True)} if step == "provisioned" else GOOD
    assert report["steps"] == {**good, step: (detail, ok)}
    assert report["works"] is (code == 0)
    assert report["next_step"]


@pytest.mark.first_is_quick
@pytest.mark.parametrize(
    ("words", "step", "detail"),
    [
        (("--user", "anne@example.com", *SANDBOX, *DEVELOPER), "user", "user 'anne' not found; did you mean ann?"),
        (
            (*ANN, "--account", "sandbo", *DEVELOPER),
            "account",
            "sandbo is not in the organization; did you mean sandbox?",
        ),
        (
            (*ANN, *SANDBOX, "--role", "Develop"),
            "permission set",
            "permission set 'Develop' not found; did you mean Developer?",
        ),
    ],
)
def test_not_found(administrator: Home, words: tuple[str, ...], step: str, detail: str) -> None:
    """What does not exist is told with what is similar, as prose."""
    report = why(administrator, *words, code=1)
    assert (report["steps"][step], report["sentence"], report["works"]) == ((detail, False), detail, None)
    assert "did you mean" not in report["next_step"]


def test_short_name(administrator: Home, well_run: Simulator) -> None:
    """A user can be named as other outputs show them, if only one is."""
    report = why(administrator, "--user", "ann", *SANDBOX, *DEVELOPER, code=0)
    assert report["steps"] == GOOD
    well_run.world.add_user(User("ann@example.org"))
    report = why(administrator, "--user", "ann", *SANDBOX, *DEVELOPER, code=1)
    assert report["sentence"] == "several users are named ann"


def test_failed_request(administrator: Home, well_run: Simulator) -> None:
    """A request that failed for the pair is told with AWS's reason."""
    world = well_run.world
    world.withdraw(administered.SANDBOX, "Developer", group="developers")
    world.request_assignment(administered.SANDBOX, "Developer", Principal.group("developers"))
    world.add_permission_set(administered.good("ReportWriter", time.time(), customer_managed_policies=("/writer",)))
    world.request_assignment(administered.SANDBOX, "ReportWriter", Principal.user("ann@example.com"))
    report = why(administrator, *ANN, *SANDBOX, "--role", "ReportWriter", code=1)
    assert report["steps"]["requests"] == (
        (
            "assigning it failed: Received a 404 status error: Not supported policy"
            f" arn:aws:iam::{administered.SANDBOX}:policy/writer."
        ),
        False,
    )
    assert report["next_step"] == "remove the cause that AWS names, then assign or provision it again"
    assert "requests" not in why(administrator, *ANN, *SANDBOX, *DEVELOPER, code=0)["steps"]


def test_deleted_meanwhile(administrator: Home, well_run: Simulator) -> None:
    """A user who is deleted between two questions cannot use anything."""
    gone = Fault.response(b'{"__type": "ResourceNotFoundException", "ResourceType": "USER"}', 400)
    well_run.faults.add("identitystore:DescribeUser", gone)
    report = why(administrator, *ANN, *SANDBOX, *DEVELOPER, code=1)
    assert (report["steps"]["user"], report["works"]) == (("ann was deleted", False), False)


@pytest.mark.full
def test_several_groups(administrator: Home, well_run: Simulator) -> None:
    """Each group by which it is assigned is named."""
    well_run.world.add_group(Group("testers", ("ann@example.com",)))
    well_run.world.assign(administered.SANDBOX, "Developer", group="testers")
    report = why(administrator, *ANN, *SANDBOX, *DEVELOPER, code=0)
    assert sorted(report["steps"]["assigned"][0].split(" and ")) == [
        "by the group developers",
        "by the group testers",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (ANN, "--user, --account and --role are required together"),
        ((*SANDBOX, *DEVELOPER), "--user, --account and --role are required together"),
        ((*ANN, *SANDBOX, *DEVELOPER, "--message", "x"), "--user cannot be combined with a profile or a message"),
    ],
)
def test_wrong_options(administrator: Home, words: tuple[str, ...], message: str) -> None:
    """Options that do not go together are an error."""
    done = administrator.ssohelper("why", *words)
    assert (done.stderr.splitlines()[0], done.returncode) == (f"ssohelper: {message}", 2)


@pytest.mark.full
@pytest.mark.parametrize("client", sorted(OPERATIONS))
def test_denied(administrator: Home, well_run: Simulator, client: str) -> None:
    """If something may not be read, the other steps go on, and the verdict is not "does not work"."""
    names = {"".join(word.capitalize() for word in method.split("_")) for method in OPERATIONS[client]}
    for name in sorted(names - {"ListInstances"}):
        service = "access-analyzer" if client == "accessanalyzer" else client
        well_run.faults.add(f"{service}:{name}", Fault.error(400, "AccessDeniedException"), None)
        done = administrator.ssohelper("why", *ANN, *SANDBOX, *DEVELOPER, "--action", "s3:GetObject", "--json")
        report = json.loads(done.stdout)
        assert report["works"] is not False, name
        assert done.returncode in (0, 5), name
        well_run.faults.clear()
