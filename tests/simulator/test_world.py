"""The world over time: versions of permission sets, and requests that take time and may fail."""

import math

import pytest

from ssohelper.simulator import aws_policies
from ssohelper.simulator.companies import generate, organisation
from ssohelper.simulator.identifiers import identity_store_id
from ssohelper.simulator.provisioning import Change
from ssohelper.simulator.world import Account, Group, PermissionSet, Principal, User, World
from tests.fixtures.clock import Clock

ONE, TWO, THREE = "000000000001", "000000000002", "000000000003"
ANN, OPS = Principal.user("ann"), Principal.group("ops")
NOT_FOUND = "Received a 404 status error: "


@pytest.fixture
def clock() -> Clock:
    """The clock of the world."""
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    """Three accounts; a set with one assignment in two of them, and one that needs a policy which only one has."""
    needs = PermissionSet("Needs", customer_managed_policies=("/guard",))
    accounts = [Account(each) for each in (ONE, TWO, THREE)]
    found = World(accounts, [PermissionSet("Admin", 1), needs], [User("ann"), User("bob")])
    found.clock = clock
    found.add_group(Group("ops", ("bob",)))
    found.add_customer_policy("/guard", aws_policies.EVERYTHING, ONE)
    for account_id in (ONE, TWO):
        found.assign(account_id, "Admin", "ann")
    return found


def versions(world: World, name: str = "Admin") -> dict[str, int]:
    """The session hours of the roles of a permission set, by account."""
    return {each: world.roles_in(each)[name].permission_set.session_hours for each in world.accounts_with(name)}


def states(world: World, change: Change) -> list[tuple[str, str]]:
    """The status and the reason of each request."""
    return [(each.status, each.failure_reason) for each in world.requests(change)]


def test_changed_permission_set(world: World) -> None:
    """Accounts keep the older version until it is provisioned, one by one or all."""
    world.change_permission_set("Admin", session_hours=8)
    assert (versions(world), world.is_outdated(ONE, "Admin")) == ({ONE: 1, TWO: 1}, True)
    world.provision("Admin", TWO)
    assert (versions(world), [world.is_outdated(each, "Admin") for each in (ONE, TWO)]) == (
        {ONE: 1, TWO: 8},
        [True, False],
    )
    world.change_permission_set("Admin", session_hours=9)
    world.provision("Admin")
    assert (versions(world), world.role(THREE, "Admin")) == ({ONE: 9, TWO: 9}, None)
    world.change_permission_set("Admin", provision=True, session_hours=10)
    assert versions(world) == {ONE: 10, TWO: 10}
    world.change_permission_set("Admin", tags={"owner": "ops"})
    assert not world.is_outdated(ONE, "Admin")


def test_new_assignment_of_a_changed_set(world: World) -> None:
    """A new role has the latest version; one that is there keeps its own."""
    world.change_permission_set("Admin", session_hours=8)
    world.assign(TWO, "Admin", "bob")
    world.assign(THREE, "Admin", "bob")
    assert versions(world) == {ONE: 1, TWO: 1, THREE: 8}


def test_provisioned_without_assignment(world: World) -> None:
    """A permission set can be provisioned in an account without an assignment."""
    world.provision("Admin", THREE)
    assert (world.accounts_with("Admin"), world.principals(THREE, "Admin")) == ([ONE, TWO, THREE], [])


def test_provisioning_takes_time(world: World, clock: Clock) -> None:
    """Accounts are provisioned at the same time, but the changes of one account one after the other."""
    world.provisioning_seconds = 10
    world.change_permission_set("Admin", session_hours=8)
    world.provision("Admin", ONE)
    world.provision("Admin")
    found = []
    for _ in range(3):
        found.append((versions(world), [each.status for each in world.requests(Change.PROVISIONING)]))
        clock.advance(10)
    assert found == [
        ({ONE: 1, TWO: 1}, ["IN_PROGRESS", "IN_PROGRESS"]),
        ({ONE: 8, TWO: 8}, ["SUCCEEDED", "IN_PROGRESS"]),
        ({ONE: 8, TWO: 8}, ["SUCCEEDED", "SUCCEEDED"]),
    ]


def test_latest_version_when_it_is_due(world: World, clock: Clock) -> None:
    """What reaches an account is the version of the moment when it does."""
    world.provisioning_seconds = 10
    world.provision("Admin", ONE)
    world.change_permission_set("Admin", session_hours=8)
    clock.advance(10)
    assert versions(world) == {ONE: 8, TWO: 1}


def test_missing_policy(world: World) -> None:
    """Provisioning and assignments fail where a customer-managed policy does not exist, with AWS's reason."""
    for account_id in (ONE, TWO):
        world.request_assignment(account_id, "Needs", ANN)
    reason = f"{NOT_FOUND}Not supported policy arn:aws:iam::{TWO}:policy/guard."
    assert states(world, Change.ASSIGNMENT) == [("SUCCEEDED", ""), ("FAILED", reason)]
    assert (world.accounts_with("Needs"), world.roles_of("ann", TWO)) == ([ONE], ["Admin"])
    world.provision("Needs", TWO)
    world.add_customer_policy("/guard", aws_policies.EVERYTHING, TWO)
    world.provision("Needs", TWO)
    assert states(world, Change.PROVISIONING) == [("FAILED", reason), ("SUCCEEDED", "")]


def test_failure_in_one_account(world: World) -> None:
    """A request for all accounts fails if it fails in one; the others have the latest version."""
    world.change_permission_set("Admin", session_hours=8, customer_managed_policies=("/guard",))
    world.provision("Admin")
    reason = f"{NOT_FOUND}Not supported policy arn:aws:iam::{TWO}:policy/guard."
    assert (versions(world), states(world, Change.PROVISIONING)) == ({ONE: 8, TWO: 1}, [("FAILED", reason)])


def test_requested_assignments(world: World, clock: Clock) -> None:
    """An assignment that is requested is there when its time has come, and so is its removal."""
    world.provisioning_seconds = 5
    world.request_assignment(THREE, "Admin", OPS)
    assert world.roles_of("bob", THREE) == []
    clock.advance(5)
    assert (world.roles_of("bob", THREE), world.accounts_with("Admin")) == (["Admin"], [ONE, TWO, THREE])
    world.request_removal(THREE, "Admin", OPS)
    assert world.roles_of("bob", THREE) == ["Admin"]
    clock.advance(5)
    assert (world.roles_of("bob", THREE), world.accounts_with("Admin")) == ([], [ONE, TWO])
    assert [states(world, each) for each in Change] == [[("SUCCEEDED", "")], [("SUCCEEDED", "")], []]


def test_refused_requests(world: World, clock: Clock) -> None:
    """A deleted group is not assigned anything, nor a deleted set provisioned; only an assignment is removed."""
    world.provisioning_seconds = 5
    world.request_assignment(ONE, "Admin", OPS)
    world.request_removal(TWO, "Admin", OPS)
    world.provision("Needs", THREE)
    world.delete_group("ops")
    world.delete_permission_set("Needs")
    clock.advance(5)
    store = identity_store_id(ONE)
    assert [states(world, each) for each in Change] == [
        [("FAILED", f"{NOT_FOUND}the GROUP assignee {OPS.id} was not found in directory {store}.")],
        [("FAILED", f"{NOT_FOUND}EntitlementItem doesn't exist with the given entitlement key.")],
        [("FAILED", f"{NOT_FOUND}no such permission set: Needs")],
    ]


def test_stuck_request(world: World, clock: Clock) -> None:
    """A request that takes too long was made when it says so; it keeps later ones waiting until all are completed."""
    world.provisioning_seconds = math.inf
    world.change_permission_set("Admin", session_hours=8)
    world.provision("Admin", ONE, created=clock() - 7200)
    world.provisioning_seconds = 0
    world.provision("Admin", ONE)
    assert [(each.status, each.created) for each in world.requests(Change.PROVISIONING)] == [
        ("IN_PROGRESS", clock() - 7200),
        ("IN_PROGRESS", clock()),
    ]
    world.complete_requests()
    world.provision("Admin", ONE)
    assert {status for status, _ in states(world, Change.PROVISIONING)} == {"SUCCEEDED"}
    assert versions(world) == {ONE: 8, TWO: 1}


def test_invalid_requests(world: World) -> None:
    """A request that names an unknown account or permission set is a LookupError, and is not made."""
    for request in (
        lambda: world.provision("Nothing"),
        lambda: world.provision("Admin", "9"),
        lambda: world.request_assignment("9", "Admin", ANN),
        lambda: world.request_removal(ONE, "Nothing", ANN),
        lambda: world.change_permission_set("Nothing", session_hours=1),
    ):
        with pytest.raises(LookupError, match=r"no such (account|permission set)"):
            request()
    assert [world.requests(each) for each in Change] == [[], [], []]


def test_repr() -> None:
    """A world is shown by its size."""
    assert [repr(each) for each in (organisation(), generate(3, 2))] == [
        "<World: 8 accounts, 4 permission sets, 2 users>",
        "<World: 3 accounts, 2 permission sets, 1 users>",
    ]
