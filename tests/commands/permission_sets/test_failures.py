"""Every operation denied, failing or throttled: what was read is shown, and nothing else is claimed."""

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session

from ssohelper.identity_center.admin_service import OPERATIONS
from ssohelper.simulator import administered, examples
from ssohelper.simulator.entities import Group, Principal
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.server import Simulator
from tests.fixtures.administered import SETTINGS
from tests.fixtures.home import Home, sign_in

if TYPE_CHECKING:
    from subprocess import CompletedProcess

pytestmark = pytest.mark.full

NOW = time.time()
# What a review finds, and of which permission set.
WHOLE = {
    ("gone", "InvoiceArchive"),
    ("stuck", "NetworkOperations"),
    ("nobody", "SummerProject"),
    ("nowhere", "EventPlanning"),
    ("outdated", "DataAnalytics"),
    ("failed", "QueueOperations"),
    ("disabled", "BreakGlass"),
    ("boundary-against-inline", "SnapshotCopy"),
    ("no-description", "SupportDesk"),
}
# By the simulator's names: `sso-admin:ListInstances`.
NAMES = {
    f"{'access-analyzer' if client == 'accessanalyzer' else client}:"
    + "".join(word.capitalize() for word in method.split("_"))
    for client, methods in OPERATIONS.items()
    for method in methods
}
# A review calls all but what only `why` needs, and what is a fallback.
OF_WHY = {
    "sso-admin:ListPermissionSetsProvisionedToAccount",
    "sso-admin:ListAccountAssignmentsForPrincipal",
    "identitystore:GetUserId",
    "identitystore:ListUsers",
    "identitystore:IsMemberInGroups",
    "organizations:ListAccountsForParent",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:DescribePolicy",
}
OF_REVIEW = sorted(NAMES - OF_WHY)
DENIED = Fault.error(400, "AccessDeniedException")
# Each operation is denied, and fails in one of two other ways.
OTHER_FAULTS = itertools.cycle((Fault.error(503), Fault.response(b"[]")))
CASES = [(name, fault) for name in OF_REVIEW for fault in (DENIED, next(OTHER_FAULTS))]
WRITING = re.compile("Create|Put|Delete|Update|Attach|Detach|Provision[A-Z]|Add|Remove|Tag|Enable|Disable|Set")


@pytest.fixture
def planted(well_run: Simulator) -> Simulator:
    """A company with some examples."""
    world = well_run.world
    for each in examples.examples(NOW):
        if each.kind in {kind for kind, _ in WHOLE}:
            each.plant(world)
    world.add_group(Group("left"))
    world.assign(administered.PAYMENTS, "InvoiceArchive", group="left")
    world.delete_group("left")
    world.request_removal(administered.PAYMENTS, "InvoiceArchive", Principal.group("analysts"))  # which fails
    return well_run


def reviewed(home: Home) -> "CompletedProcess[str]":
    """A review with Access Analyzer, in JSON."""
    return home.ssohelper("permission-sets", "review", "--validate", "--json")


def claims(report: dict[str, Any], service: Simulator) -> set[tuple[str, str]]:
    """What a report says, of which permission set, by its name."""
    world = service.world
    names = {world.permission_set_arn(each.name): each.name for each in world.permission_sets}
    return {(each["kind"], names.get(each["permission_set"], each["permission_set"])) for each in report["findings"]}


def test_only_reading_operations(administrator: Home, planted: Simulator) -> None:
    """No command calls an operation that writes, and a review calls all that it may."""
    planted.counters.reset()
    done = reviewed(administrator)
    assert (claims(json.loads(done.stdout), planted), done.returncode) == (WHOLE, 1)
    called = {name for name in planted.counters.calls if ":" in name}
    assert called == set(OF_REVIEW)
    words = ("--account", "sandbox", "--role", "Developer", "--action", "s3:GetObject")
    administrator.ssohelper("why", "--user", "ann@example.com", *words)
    administrator.ssohelper("permission-sets", "list", "--fresh", "--quick")
    called = {name for name in planted.counters.calls if ":" in name}
    assert called <= NAMES
    assert [name for name in called if WRITING.match(name.partition(":")[2])] == []


def test_operations_exist(well_run: Simulator) -> None:
    """Each operation that may be called is one of botocore's, reads, and is simulated."""
    session = Session()
    for client, methods in OPERATIONS.items():
        model = session.get_service_model(client)
        names = {"".join(word.capitalize() for word in method.split("_")) for method in methods}
        assert names <= set(model.operation_names), client
        assert not any(map(WRITING.match, names)), client
    for name in NAMES:
        well_run.faults.add(name, DENIED)  # raises an error for an unknown one


@pytest.mark.parametrize(
    ("operation", "fault"), CASES, ids=lambda each: each if isinstance(each, str) else each.kind.value
)
def test_every_operation_fails(administrator: Home, planted: Simulator, operation: str, fault: Fault) -> None:
    """Whatever operation fails, nothing is claimed that a whole review does not find."""
    planted.faults.add(operation, fault, None)
    done = reviewed(administrator)
    assert "bug" not in done.stderr
    if operation == "sso-admin:ListInstances":
        assert (done.stdout, done.returncode) == ("", 1 if fault is DENIED else 5)
        return
    report = json.loads(done.stdout)
    assert (report["complete"], done.returncode) == (False, 5)
    assert claims(report, planted) <= WHOLE


def test_empty_pages(administrator: Home, planted: Simulator) -> None:
    """An empty page that goes on is not the end of a list."""
    whole = json.loads(reviewed(administrator).stdout)
    for name in OF_REVIEW:
        if ":List" in name:
            planted.faults.add(name, Fault.empty_page())
    again = json.loads(reviewed(administrator).stdout)
    assert (again["counts"], again["findings"]) == (whole["counts"], whole["findings"])


@pytest.fixture
def throttling(make_home: Callable[..., Home]) -> Iterator[tuple[Home, Simulator]]:
    """A service that throttles at ten calls a second, and an administrator who thinks that it allows 20."""
    with Simulator(administered.well_run(NOW), rate=10, auto_approve=True) as service:
        home = make_home(**service.environment)
        sign_in(home, service)
        home.settings.parent.mkdir(parents=True)
        home.settings.write_text(SETTINGS.replace("rate = 1000", "rate = 20"))
        yield home, service


def test_throttled(throttling: tuple[Home, Simulator]) -> None:
    """Throttling, which comes as HTTP 400 here, slows a review down, and loses nothing."""
    home, service = throttling
    done = reviewed(home)
    report = json.loads(done.stdout)
    assert (report["complete"], report["findings"], report["counts"]["assignments"]) == (True, [], 42)
    assert service.counters.throttled > 0
