"""The users and groups of IAM Identity Center: each answer, who was deleted, and lists of several pages."""

from typing import TYPE_CHECKING, Any

import pytest

from ssohelper.errors import AccessDenied, Failed, NotFound
from ssohelper.identity_center.admin_service import IDENTITY_STORE
from ssohelper.identity_center.directory import Directory
from ssohelper.simulator.faults import Fault
from ssohelper.simulator.identifiers import group_id, user_id
from ssohelper.simulator.server import Simulator
from ssohelper.simulator.world import Group, User, World
from tests.fixtures.admin_services import AdminServices, raised, response
from tests.fixtures.role_clients import store

if TYPE_CHECKING:
    from collections.abc import Callable

STORE = store()["IdentityStoreId"]
ANN, BOB, CAT = (user_id(each) for each in ("ann@example.com", "bob", "cat"))
DEVELOPERS, GUESTS = group_id("developers"), group_id("guests")


@pytest.fixture
def directory(services: AdminServices) -> Directory:
    """The directory, as an administrator reads it."""
    return Directory(services.service(IDENTITY_STORE))


@pytest.fixture
def world(administered: Simulator) -> World:
    """The company."""
    return administered.world


def user(name: str, *, enabled: bool = True) -> dict[str, Any]:
    """A user as the directory shows one."""
    return {"id": user_id(name), "name": name, "enabled": enabled}


def group(name: str) -> dict[str, Any]:
    """A group as the directory shows one."""
    return {"id": group_id(name), "name": name}


def call_count(administered: Simulator, operation: str) -> int:
    """How often an operation was called."""
    return administered.counters.calls[f"identitystore:{operation}"]


@pytest.mark.parametrize(
    ("name", "found", "calls"),
    [
        ("ann@example.com", ANN, 1),
        ("ANN@example.com", ANN, 1),
        ("bob", BOB, 1),
        ("bob@work.example.com", BOB, 2),
        ("dan", None, 2),
        ("Ann Lee", None, 2),
    ],
)
def test_user_id(administered: Simulator, directory: Directory, name: str, found: str | None, calls: int) -> None:
    """A user is found by their user name, else by their email address, not by anything else."""
    administered.world.add_user(User("bob", email="bob@work.example.com"))
    assert (directory.user_id(STORE, name), call_count(administered, "GetUserId")) == (found, calls)


def test_user_name_before_email(world: World, directory: Directory) -> None:
    """The user of that name is meant, not another one with it as an email address."""
    world.add_user(User("cat", email="ann@example.com"))
    assert directory.user_id(STORE, "ann@example.com") == ANN


def test_user(world: World, directory: Directory) -> None:
    """A user, one who is disabled, and one who was deleted."""
    assert directory.user(STORE, ANN) == user("ann@example.com")
    assert directory.user(STORE, CAT) == user("cat", enabled=False)
    world.delete_user("bob")
    assert directory.user(STORE, BOB) is None


def test_missing_store(administered: Simulator, directory: Directory) -> None:
    """That the identity store is not there says nothing about the user."""
    body = {"__type": "ResourceNotFoundException", "ResourceType": "IDENTITY_STORE"}
    administered.faults.add("identitystore:DescribeUser", response(body, 400))
    error = raised(lambda: directory.user(STORE, ANN))
    assert (type(error), str(error)) == (Failed, "Identity Store rejected the request: ResourceNotFoundException")
    administered.faults.add("identitystore:DescribeUser", response({**body, "ResourceType": "USER"}, 400))
    assert directory.user(STORE, ANN) is None


@pytest.mark.parametrize("status", [{}, {"UserStatus": None}, {"UserStatus": ""}, {"UserStatus": "LOCKED"}])
def test_unknown_status(administered: Simulator, directory: Directory, status: dict[str, Any]) -> None:
    """An older service does not say whether a user is enabled, and a user may have no name."""
    administered.faults.add("identitystore:DescribeUser", response({"UserId": ANN, **status}))
    assert directory.user(STORE, ANN) == {"id": ANN, "name": None, "enabled": None}


def test_group(world: World, directory: Directory) -> None:
    """A group, and one that was deleted."""
    assert directory.group(STORE, DEVELOPERS) == group("developers")
    world.delete_group("developers")
    assert directory.group(STORE, DEVELOPERS) is None


def test_all(administered: Simulator, directory: Directory) -> None:
    """All users and groups, a hundred in a page."""
    numbers, world = range(100), administered.world
    for number in numbers:
        world.add_user(User(f"user-{number}"))
        world.add_group(Group(f"group-{number}"))
    users = [user("ann@example.com"), user("bob"), user("cat", enabled=False)]
    assert directory.users(STORE) == [*users, *(user(f"user-{number}") for number in numbers)]
    groups = [*("developers", "guests"), *(f"group-{number}" for number in numbers)]
    assert directory.groups(STORE) == [group(each) for each in groups]
    assert (call_count(administered, "ListUsers"), call_count(administered, "ListGroups")) == (2, 2)


def test_some_users(administered: Simulator, directory: Directory) -> None:
    """For a near match, the names of 2,000 users are enough."""
    assert directory.some_users(STORE) == ["ann@example.com", "bob", "cat"]
    for number in range(2000):
        administered.world.add_user(User(f"user-{number}"))
    expected = ["ann@example.com", "bob", "cat", *(f"user-{number}" for number in range(1997))]
    assert (directory.some_users(STORE), call_count(administered, "ListUsers")) == (expected, 1 + 20)


def test_members(administered: Simulator, directory: Directory) -> None:
    """All members of a group, or those of the first page; none of one that is empty or was deleted."""
    names = [f"user-{number}" for number in range(100)]
    for each in names:
        administered.world.add_user(User(each))
        administered.world.add_member("developers", each)
    ids = [ANN, BOB, *map(user_id, names)]
    assert (directory.members(STORE, DEVELOPERS), call_count(administered, "ListGroupMemberships")) == (ids, 2)
    assert directory.first_members(STORE, DEVELOPERS) == {"members": ids[:100], "has_more": True}
    assert call_count(administered, "ListGroupMemberships") == 3
    administered.world.delete_group("developers")
    nobody = {"members": [], "has_more": False}
    for each in (GUESTS, DEVELOPERS):
        assert (directory.members(STORE, each), directory.first_members(STORE, each)) == ([], nobody)


def test_groups_of(administered: Simulator, directory: Directory) -> None:
    """In which of many groups a user is, a hundred of them in a call."""
    names = [f"group-{number}" for number in range(150)]
    for number, each in enumerate(names):
        administered.world.add_group(Group(each, ("bob",) if number % 70 == 0 else ()))
    ids = list(map(group_id, names))
    assert directory.groups_of(STORE, BOB, [*ids, DEVELOPERS]) == [ids[0], ids[70], ids[140], DEVELOPERS]
    assert call_count(administered, "IsMemberInGroups") == 2
    assert (directory.groups_of(STORE, CAT, ids[:2]), directory.groups_of(STORE, CAT, [])) == ([], [])
    assert call_count(administered, "IsMemberInGroups") == 3


def test_empty_pages(administered: Simulator, directory: Directory) -> None:
    """No list ends with an empty page that goes on, and a group with one is not empty."""
    listings: dict[str, Callable[[], object]] = {
        "ListUsers": lambda: (directory.users(STORE), directory.some_users(STORE)),
        "ListGroups": lambda: directory.groups(STORE),
        "ListGroupMemberships": lambda: (
            directory.first_members(STORE, DEVELOPERS),
            directory.members(STORE, DEVELOPERS),
        ),
    }
    whole = {operation: ask() for operation, ask in listings.items()}
    for operation in listings:
        administered.faults.add(f"identitystore:{operation}", Fault.empty_page(), 2)
    assert {operation: ask() for operation, ask in listings.items()} == whole
    assert administered.faults.active == ()


def test_denied(administered: Simulator, directory: Directory) -> None:
    """Who cannot be looked up is not one who was deleted."""
    administered.faults.add("*", Fault.denied(), None)
    asks: dict[str, Callable[[], object]] = {
        "GetUserId": lambda: directory.user_id(STORE, "ann@example.com"),
        "DescribeUser": lambda: directory.user(STORE, ANN),
        "DescribeGroup": lambda: directory.group(STORE, DEVELOPERS),
        "ListGroupMemberships": lambda: directory.members(STORE, DEVELOPERS),
        "IsMemberInGroups": lambda: directory.groups_of(STORE, ANN, [DEVELOPERS]),
    }
    assert [(type(each), str(each)) for each in map(raised, asks.values())] == [
        (AccessDenied, f"identitystore:{operation} is not allowed") for operation in asks
    ]


def test_deleted_group_among_others(world: World, directory: Directory) -> None:
    """If one of the groups was deleted, nothing is said about the others."""
    world.delete_group("guests")
    error = raised(lambda: directory.groups_of(STORE, ANN, [DEVELOPERS, GUESTS]))
    assert (type(error), str(error)) == (NotFound, "Identity Store returned ResourceNotFoundException")
