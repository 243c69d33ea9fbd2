"""Changes of a world that are asked for in JSON."""

from typing import Any

import pytest

from ssohelper.simulator import world_changes
from ssohelper.simulator.provisioning import Change
from ssohelper.simulator.world import Account, Group, PermissionSet, User, World

ONE, TWO = "000000000001", "000000000002"


@pytest.fixture
def world() -> World:
    """Two accounts, one permission set that two users have in one of them, and a group."""
    pairs = frozenset({(ONE, "Admin")})
    found = World([Account(ONE), Account(TWO)], [PermissionSet("Admin")], [User("ann", pairs), User("bob", pairs)])
    found.add_group(Group("ops", ("ann",)))
    return found


def test_people(world: World) -> None:
    """Groups, memberships and users."""
    for change in (
        {"change": "add_group", "group": "guests", "members": ["bob"], "description": "x"},
        {"change": "add_member", "group": "guests", "user": "ann"},
        {"change": "remove_member", "group": "ops", "user": "ann"},
        {"change": "disable_user", "user": "bob"},
        {"change": "disable_user", "user": "ann"},
        {"change": "enable_user", "user": "ann"},
    ):
        world_changes.change(world, change)
    assert world.groups == (Group("ops"), Group("guests", ("bob", "ann"), "x"))
    assert [each.enabled for each in world.users] == [True, False]


def test_deleted(world: World) -> None:
    """Users and groups are deleted; their assignments stay."""
    world.assign(TWO, "Admin", group="ops")
    for change in ({"change": "delete_user", "user": "ann"}, {"change": "delete_group", "group": "ops"}):
        world_changes.change(world, change)
    assert (world.groups, [each.name for each in world.users]) == ((), ["bob"])
    assert [len(world.principals(each, "Admin")) for each in (ONE, TWO)] == [2, 1]


def test_assignments(world: World) -> None:
    """Assignments of groups; a role can be kept without any."""
    pair = {"account_id": TWO, "role_name": "Admin", "group": "ops"}
    world_changes.change(world, {"change": "assign", **pair})
    assert world.roles_of("ann", TWO) == ["Admin"]
    world_changes.change(world, {"change": "withdraw", "keep_role": True, **pair})
    assert (world.roles_of("ann", TWO), world.accounts_with("Admin")) == ([], [ONE, TWO])


def test_permission_set(world: World) -> None:
    """A changed permission set is outdated until it is provisioned."""
    change = {
        "change": "change_permission_set",
        "role_name": "Admin",
        "session_hours": 8,
        "policy": "",
        "managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "customer_managed_policies": [],
        "boundary": "arn:aws:iam::aws:policy/PowerUserAccess",
        "description": "x",
        "relay_state": "https://example.com",
    }
    world_changes.change(world, change)
    assert world.permission_set("Admin") == PermissionSet(
        "Admin",
        8,
        "",
        managed_policies=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        boundary="arn:aws:iam::aws:policy/PowerUserAccess",
        description="x",
        relay_state="https://example.com",
    )
    assert world.is_outdated(ONE, "Admin")
    world_changes.change(world, {"change": "provision", "role_name": "Admin", "account_id": ONE})
    world_changes.change(world, {"change": "provision", "role_name": "Admin"})
    assert (world.is_outdated(ONE, "Admin"), len(world.requests(Change.PROVISIONING))) == (False, 2)
    world_changes.change(world, change | {"session_hours": 9, "provision": True})
    assert not world.is_outdated(ONE, "Admin")


def test_account(world: World) -> None:
    """A new account may be in an organizational unit."""
    world_changes.change(world, {"change": "add_account", "account_id": "000000000003", "ou": "/prod"})
    assert world.account("000000000003").ou == "/prod"


def test_as_json(world: World) -> None:
    """Everything that another process may want to know."""
    world.assign(TWO, "Admin", group="ops")
    world.change_permission_set("Admin", session_hours=2)
    world.provision("Admin", TWO)
    assert world_changes.as_json(world) == {
        "accounts": [{"id": each, "name": None, "email": None, "state": "ACTIVE", "ou": "/"} for each in (ONE, TWO)],
        "permission_sets": [
            {
                "name": "Admin",
                "arn": world.permission_set_arn("Admin"),
                "session_hours": 2,
                "provisioned": [ONE, TWO],
                "outdated": [ONE],
            }
        ],
        "users": [{"name": each, "enabled": True, "assignments": [(ONE, "Admin")]} for each in ("ann", "bob")],
        "groups": [{"name": "ops", "members": ["ann"], "assignments": [(TWO, "Admin")]}],
    }


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, ValueError),
        ({"change": "destroy"}, ValueError),
        ({"change": "add_group"}, ValueError),
        ({"change": "add_group", "group": "x", "members": "ann"}, ValueError),
        ({"change": "change_permission_set", "role_name": "Admin", "session_hours": 13}, ValueError),
        ({"change": "change_permission_set", "role_name": "Admin", "policy": "{"}, ValueError),
        ({"change": "withdraw", "account_id": ONE, "role_name": "Admin", "keep_role": "yes"}, ValueError),
        ({"change": "add_group", "group": "x", "members": ["nobody"]}, LookupError),
        ({"change": "add_member", "group": "nothing", "user": "ann"}, LookupError),
        ({"change": "delete_user", "user": "nobody"}, LookupError),
        ({"change": "provision", "role_name": "Nothing"}, LookupError),
        ({"change": "assign", "account_id": ONE, "role_name": "Admin", "group": "nothing"}, LookupError),
    ],
)
def test_invalid(world: World, change: dict[str, Any], error: type[Exception]) -> None:
    """An invalid request is a ValueError, an unknown name a LookupError; nothing is changed."""
    before = world_changes.as_json(world)
    with pytest.raises(error):
        world_changes.change(world, change)
    assert world_changes.as_json(world) == before
