"""Companies for demos and tests."""

import pytest

from ssohelper.simulator.companies import generate, organisation
from ssohelper.simulator.names import AWKWARD_ACCOUNTS, AWKWARD_ROLES
from ssohelper.simulator.world import Account, World


def contents(world: World) -> tuple[object, ...]:
    """Return all data of a world."""
    return world.accounts, world.permission_sets, world.users


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
