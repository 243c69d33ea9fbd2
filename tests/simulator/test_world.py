"""The world: validation, changes, and generated worlds."""

import pytest

from ssohelper.simulator.names import AWKWARD_ACCOUNTS, AWKWARD_ROLES
from ssohelper.simulator.world import Account, PermissionSet, User, World, generate, organisation


def contents(world: World) -> tuple[object, ...]:
    """Return all data of a world."""
    return world.accounts, world.permission_sets, world.users


@pytest.mark.parametrize(
    "account_id", ["", "1", "12345678901", "1234567890123", "12345678901x", "1234567890\N{FULLWIDTH DIGIT ONE}2"]
)
def test_invalid_account_id(account_id: str) -> None:
    """An account id without exactly 12 digits is a ValueError."""
    with pytest.raises(ValueError, match="12 digits"):
        Account(account_id)


@pytest.mark.parametrize("name", ["", "x" * 33, "two words", "sla/sh", "ümlaut", "new\nline"])
def test_invalid_permission_set_name(name: str) -> None:
    """A permission set name that AWS does not allow is a ValueError."""
    with pytest.raises(ValueError, match="not a valid permission set name"):
        PermissionSet(name)


@pytest.mark.parametrize("hours", [-1, 0, 13])
def test_invalid_session_hours(hours: int) -> None:
    """A session duration outside of 1 to 12 hours is a ValueError."""
    with pytest.raises(ValueError, match="must be 1 to 12"):
        PermissionSet("ReadOnly", hours)


def test_organisation() -> None:
    """Eight accounts, two with the same name; the first user sees all of them, the second two."""
    world = organisation()
    assert (len(world.accounts), [account.name for account in world.accounts].count("sandbox")) == (8, 2)
    assert [len(world.accounts_of(user.name)) for user in world.users] == [8, 2]
    assert world.roles_of("alex@example.com", "333344445555") == ["AdministratorAccess", "ReadOnly"]


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (40, 3), (300, 12), (5, 40)])
@pytest.mark.parametrize("awkward", [False, True])
def test_size_of_a_generated_world(size: tuple[int, int], awkward: bool) -> None:
    """The requested number of accounts and roles, and one user with all of them."""
    accounts, roles = size
    world = generate(accounts=accounts, roles=roles, awkward=awkward)
    (user,) = world.users
    actual = (len({account.id for account in world.accounts}), len(world.permission_sets), len(user.assignments))
    assert actual == (accounts, roles, accounts * roles)


def test_generated_names_are_unique() -> None:
    """Generated accounts have unique names, and emails."""
    world = generate(accounts=500, roles=1)
    assert len({account.name for account in world.accounts}) == 500
    assert all(account.name and account.email for account in world.accounts)


def test_awkward_world() -> None:
    """All awkward names, an account without a name, and one without name and email."""
    world = generate(accounts=40, roles=8, awkward=True)
    assert tuple(account.name for account in world.accounts[: len(AWKWARD_ACCOUNTS)]) == AWKWARD_ACCOUNTS
    assert Account(world.accounts[5].id) in world.accounts
    assert {each.name for each in world.permission_sets} > set(AWKWARD_ROLES)


def test_generated_world_is_reproducible() -> None:
    """The same arguments give the same world, another seed another one."""
    first, same, other = generate(seed=1), generate(seed=1), generate(seed=2)
    assert contents(first) == contents(same)
    assert first.accounts != other.accounts


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


def test_default_user() -> None:
    """`user_name` returns the first user by default."""
    world = organisation()
    assert [world.user_name(), world.user_name("robin@example.com")] == ["alex@example.com", "robin@example.com"]
    with pytest.raises(LookupError, match="no such user"):
        World([], [], []).user_name()
