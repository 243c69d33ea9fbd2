"""The world: what may be in it, how it changes, and the worlds that are made."""

import pytest

from ssohelper.simulator.names import AWKWARD_ACCOUNTS, AWKWARD_ROLES
from ssohelper.simulator.world import Account, PermissionSet, User, World, generate, organisation


def everything(world: World) -> tuple[object, ...]:
    """All that a world holds."""
    return world.accounts, world.permission_sets, world.users


@pytest.mark.parametrize(
    "account_id", ["", "1", "12345678901", "1234567890123", "12345678901x", "1234567890\N{FULLWIDTH DIGIT ONE}2"]
)
def test_an_account_id_has_twelve_digits(account_id: str) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match="12 digits"):
        Account(account_id)


@pytest.mark.parametrize("name", ["", "x" * 33, "two words", "sla/sh", "ümlaut", "new\nline"])
def test_a_permission_set_has_a_name_that_aws_allows(name: str) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match="not a name"):
        PermissionSet(name)


@pytest.mark.parametrize("hours", [-1, 0, 13])
def test_a_session_lasts_one_to_twelve_hours(hours: int) -> None:
    """Anything else is a ValueError."""
    with pytest.raises(ValueError, match="1 to 12 hours"):
        PermissionSet("ReadOnly", hours)


def test_every_awkward_role_is_one_that_aws_allows() -> None:
    """The names that break tools are names that people may really have."""
    assert [PermissionSet(name).name for name in AWKWARD_ROLES] == list(AWKWARD_ROLES)


def test_the_small_company_is_believable() -> None:
    """Eight accounts, two of one name; the first person sees all of them, the second two."""
    world = organisation()
    assert (len(world.accounts), [account.name for account in world.accounts].count("sandbox")) == (8, 2)
    assert [len(world.accounts_of(user.name)) for user in world.users] == [8, 2]
    assert world.roles_of("alex@example.com", "333344445555") == ["AdministratorAccess", "ReadOnly"]


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (40, 3), (300, 12), (5, 40)])
@pytest.mark.parametrize("awkward", [False, True])
def test_a_generated_world_has_the_size_that_was_asked_for(size: tuple[int, int], awkward: bool) -> None:
    """So many accounts with ids of their own, so many roles, and one person with all of them."""
    accounts, roles = size
    world = generate(accounts=accounts, roles=roles, awkward=awkward)
    (person,) = world.users
    found = (len({account.id for account in world.accounts}), len(world.permission_sets), len(person.assignments))
    assert found == (accounts, roles, accounts * roles)


def test_ordinary_accounts_have_names_of_their_own() -> None:
    """However many there are, no two share a name, and each has an email."""
    world = generate(accounts=500, roles=1)
    assert len({account.name for account in world.accounts}) == 500
    assert all(account.name and account.email for account in world.accounts)


def test_awkward_worlds_begin_with_the_awkward_names() -> None:
    """All awkward names are there, an account without a name and one without both among them."""
    world = generate(accounts=40, roles=8, awkward=True)
    assert tuple(account.name for account in world.accounts[: len(AWKWARD_ACCOUNTS)]) == AWKWARD_ACCOUNTS
    assert Account(world.accounts[5].id) in world.accounts
    assert {each.name for each in world.permission_sets} > set(AWKWARD_ROLES)


def test_the_same_arguments_give_the_same_world() -> None:
    """A generated world depends on its arguments alone; another seed is another world."""
    first, again, other = generate(seed=1), generate(seed=1), generate(seed=2)
    assert everything(first) == everything(again)
    assert first.accounts != other.accounts


def test_assigning_takes_what_exists() -> None:
    """An unknown account, permission set or person is a LookupError, in giving and in taking away."""
    world = organisation()
    before = everything(world)
    wrong = [
        ("000000000000", "ReadOnly", None),
        ("111122223333", "Nothing", None),
        ("111122223333", "ReadOnly", "nobody"),
    ]
    for account_id, role_name, user in wrong:
        for change in (world.assign, world.withdraw):
            with pytest.raises(LookupError):
                change(account_id, role_name, user)
    assert everything(world) == before


def test_a_person_with_wrong_assignments_is_not_added() -> None:
    """Adding or replacing a person with an assignment that cannot be leaves everyone as they were."""
    world = organisation()
    before = everything(world)
    for name in ("new@example.com", "alex@example.com"):
        with pytest.raises(LookupError):
            world.add_user(User(name, frozenset({("111122223333", "ReadOnly"), ("999999999999", "ReadOnly")})))
    assert everything(world) == before


def test_a_person_may_be_replaced() -> None:
    """Adding someone of a name that is there replaces their assignments and keeps their place."""
    world = organisation()
    world.add_user(User("alex@example.com", frozenset({("111122223333", "ReadOnly")})))
    assert [user.name for user in world.users] == ["alex@example.com", "robin@example.com"]
    assert world.users[0].assignments == {("111122223333", "ReadOnly")}


def test_an_account_may_be_replaced() -> None:
    """Adding an account of an id that is there changes its name and keeps its roles."""
    world = organisation()
    world.add_account(Account("111122223333", "renamed"))
    assert world.accounts_of("robin@example.com")[0] == Account("111122223333", "renamed")


def test_withdrawing_from_everyone_takes_it_from_everyone() -> None:
    """Without a person named, everyone loses the role; an account without a role is not theirs any more."""
    world = organisation()
    world.withdraw("222233334444", "ReadOnly")
    seen = [[account.id for account in world.accounts_of(user.name)] for user in world.users]
    assert ("222233334444" in seen[0], seen[1]) == (False, ["111122223333"])


def test_the_first_person_is_meant_where_nobody_is_named() -> None:
    """`user_name` knows who exists, and who is first."""
    world = organisation()
    assert [world.user_name(), world.user_name("robin@example.com")] == ["alex@example.com", "robin@example.com"]
    with pytest.raises(LookupError, match="no such user"):
        World([], [], []).user_name()
