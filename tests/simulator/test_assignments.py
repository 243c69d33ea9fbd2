"""Assignments, and the roles that follow from them."""

from collections.abc import Callable

import pytest

from ssohelper.simulator import aws_policies
from ssohelper.simulator.companies import organisation
from ssohelper.simulator.world import Account, Group, PermissionSet, Principal, User, World

MANAGEMENT, AUDIT, PROD = "111122223333", "222233334444", "333344445555"
ALEX, ROBIN = "alex@example.com", "robin@example.com"


def contents(world: World) -> tuple[object, ...]:
    """Return all data of a world."""
    return world.accounts, world.permission_sets, world.users


def test_invalid_assignment() -> None:
    """An unknown account, permission set or user is a LookupError and changes nothing."""
    world = organisation()
    before = contents(world)
    invalid = [
        ("000000000000", "ReadOnly", None),
        ("111122223333", "Nothing", None),
        ("111122223333", "ReadOnly", "nobody"),
    ]
    for account_id, role_name, user in invalid:
        for change in (world.assign, world.withdraw):
            with pytest.raises(LookupError):
                change(account_id, role_name, user)
    assert contents(world) == before


def test_user_with_invalid_assignment() -> None:
    """A user with an invalid assignment is neither added nor replaced."""
    world = organisation()
    before = contents(world)
    for name in ("new@example.com", "alex@example.com"):
        with pytest.raises(LookupError):
            world.add_user(User(name, frozenset({("111122223333", "ReadOnly"), ("999999999999", "ReadOnly")})))
    assert contents(world) == before


def test_replace_user() -> None:
    """A user with an existing name replaces the assignments and keeps the position."""
    world = organisation()
    world.add_user(User("alex@example.com", frozenset({("111122223333", "ReadOnly")})))
    assert [user.name for user in world.users] == ["alex@example.com", "robin@example.com"]
    assert world.users[0].assignments == {("111122223333", "ReadOnly")}


def test_replace_account() -> None:
    """An account with an existing id changes its name and keeps its assignments."""
    world = organisation()
    world.add_account(Account("111122223333", "renamed"))
    assert world.accounts_of("robin@example.com")[0] == Account("111122223333", "renamed")


def test_withdraw_from_all_users() -> None:
    """Without a user, the role is withdrawn from all users; an account without roles is not listed."""
    world = organisation()
    world.withdraw("222233334444", "ReadOnly")
    account_ids = [[account.id for account in world.accounts_of(user.name)] for user in world.users]
    assert ("222233334444" in account_ids[0], account_ids[1]) == (False, ["111122223333"])


def test_roles_follow_groups() -> None:
    """A user has their own roles and those of their groups, from the moment they join until they leave."""
    world = organisation()
    world.add_group(Group("operations"))
    world.assign(PROD, "Developer", group="operations")
    world.assign(AUDIT, "ReadOnly", group="operations")
    before = world.assignments_of(ROBIN)
    world.add_member("operations", ROBIN)
    assert world.assignments_of(ROBIN) == before | {(PROD, "Developer"), (AUDIT, "ReadOnly")}
    assert [each.id for each in world.accounts_of(ROBIN)] == [MANAGEMENT, AUDIT, PROD]
    assert world.users[1].assignments == before
    world.remove_member("operations", ROBIN)
    assert world.assignments_of(ROBIN) == before


@pytest.mark.parametrize("end", [World.disable_user, World.delete_user])
def test_users_without_roles(end: Callable[[World, str], None]) -> None:
    """A disabled or deleted user has no roles, but an administrator sees their assignments."""
    world = organisation()
    world.add_group(Group("operations", (ROBIN,)))
    world.assign(PROD, "Developer", group="operations")
    end(world, ROBIN)
    assert (world.assignments_of(ROBIN), world.accounts_of(ROBIN), world.roles_of(ROBIN, AUDIT)) == (
        frozenset(),
        [],
        [],
    )
    robin = Principal.user(ROBIN)
    assert world.assigned_to(robin) == [(MANAGEMENT, "Billing"), (AUDIT, "ReadOnly")]
    assert world.principals(AUDIT, "ReadOnly") == [Principal.user(ALEX), robin]


def test_withdraw_from_deleted() -> None:
    """The assignments that a deleted user or group left behind can be removed, by name; then the name is unknown."""
    world = organisation()
    world.add_group(Group("operations"))
    world.assign(PROD, "Billing", group="operations")
    world.delete_user(ROBIN)
    world.delete_group("operations")
    world.withdraw(MANAGEMENT, "Billing", ROBIN)
    world.withdraw(AUDIT, "ReadOnly", ROBIN)
    world.withdraw(PROD, "Billing", group="operations")
    assert (world.principals(MANAGEMENT, "Billing"), world.principals(PROD, "Billing")) == ([], [])
    for user, group in ((ROBIN, None), (None, "operations")):
        with pytest.raises(LookupError, match=r"no such (user: robin|group: operations)"):
            world.withdraw(AUDIT, "ReadOnly", user, group=group)


def test_role_goes_with_the_last_assignment() -> None:
    """A role has the same name until its last assignment is removed; the next one has another."""
    world = World([Account(PROD)], [PermissionSet("Admin")], [User("ann"), User("bob")])
    assert world.role(PROD, "Admin") is None
    world.assign(PROD, "Admin", "ann")
    first = world.role(PROD, "Admin")
    world.assign(PROD, "Admin", "bob")
    world.withdraw(PROD, "Admin", "ann")
    assert world.role(PROD, "Admin") == first
    world.withdraw(PROD, "Admin", "bob")
    assert (world.role(PROD, "Admin"), world.accounts_with("Admin")) == (None, [])
    world.assign(PROD, "Admin", "bob")
    second = world.role(PROD, "Admin")
    assert first is not None
    assert second is not None
    assert first.name != second.name


def test_role_without_assignments() -> None:
    """A role can be kept when its last assignment is removed. Withdrawing it once more removes it."""
    world = World([Account(PROD)], [PermissionSet("Admin")], [User("ann")])
    world.assign(PROD, "Admin", "ann")
    world.withdraw(PROD, "Admin", "ann", keep_role=True)
    assert (world.accounts_with("Admin"), world.principals(PROD, "Admin")) == ([PROD], [])
    world.withdraw(PROD, "Admin")
    assert world.accounts_with("Admin") == []


def test_missing_policy() -> None:
    """A permission set is assigned only where its customer-managed policies and its boundary exist."""
    needs = PermissionSet("Needs", customer_managed_policies=("/guard",), boundary="/limits/all")
    world = World([Account(PROD), Account(AUDIT)], [needs], [User("ann")])
    world.add_customer_policy("/guard", aws_policies.EVERYTHING)
    world.add_customer_policy("/limits/all", aws_policies.EVERYTHING, PROD)
    world.assign(PROD, "Needs")
    with pytest.raises(LookupError, match=rf"^Not supported policy arn:aws:iam::{AUDIT}:policy/limits/all\.$"):
        world.assign(AUDIT, "Needs")
    with pytest.raises(LookupError, match="Not supported policy"):
        world.add_permission_set(PermissionSet("Needs", customer_managed_policies=("/other",)))
    assert (world.permission_set("Needs"), world.accounts_with("Needs")) == (needs, [PROD])


def test_replaced_permission_set() -> None:
    """A permission set that is replaced takes effect in all accounts at once."""
    world = organisation()
    world.add_permission_set(PermissionSet("ReadOnly", 12))
    roles = [world.roles_in(each.id)["ReadOnly"] for each in world.accounts]
    assert {each.permission_set.session_hours for each in roles} == {12}
    assert not any(world.is_outdated(each.id, "ReadOnly") for each in world.accounts)


def test_deleted_permission_set() -> None:
    """A permission set is deleted with its assignments and roles. One with the same name has another ARN."""
    world = organisation()
    arn, role = world.permission_set_arn("ReadOnly"), world.role(PROD, "ReadOnly")
    world.delete_permission_set("ReadOnly")
    assert (world.find_permission_set(arn), world.roles_of(ROBIN, AUDIT), world.role(PROD, "ReadOnly")) == (
        None,
        [],
        None,
    )
    world.add_permission_set(PermissionSet("ReadOnly"))
    world.assign(PROD, "ReadOnly", ROBIN)
    again = world.role(PROD, "ReadOnly")
    assert world.permission_set_arn("ReadOnly") != arn
    assert role is not None
    assert again is not None
    assert role.name != again.name
    with pytest.raises(LookupError, match="no such permission set: Nothing"):
        world.delete_permission_set("Nothing")
