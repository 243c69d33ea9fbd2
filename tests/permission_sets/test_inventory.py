"""What can be said of an inventory: names, assignments, and what is not known."""

from dataclasses import replace

import pytest

from ssohelper.permission_sets.inventory import Account, Assignment, Group, PermissionSet, PrincipalType, User
from tests.fixtures.inventories import ACCOUNTS, PROD, assigned, inventory, permission_set

SANDBOX = "777788889999"
DEVELOPER = permission_set(provisioned=(PROD, SANDBOX))
WHOLE = inventory(DEVELOPER)
USERS = (
    User("u-ann", "ann@example.com"),
    User("u-other", "ann@example.org"),
    User("u-bob", "bob@example.com"),
    User("u-cat", "cat"),
    User("u-at", "@example.com"),
    User("u-nameless"),
)


@pytest.mark.parametrize(
    ("permission_set", "label"), [(DEVELOPER, "DeveloperAccess"), (PermissionSet("arn:a"), "arn:a")]
)
def test_label_of_a_set(permission_set: PermissionSet, label: str) -> None:
    """A permission set is called by its name, or by its ARN if that could not be read."""
    assert permission_set.label == label


@pytest.mark.parametrize(
    ("account", "label"), [(ACCOUNTS[1], f"payments-prod ({PROD})"), (Account(PROD), PROD), (Account(PROD, ""), PROD)]
)
def test_label_of_an_account(account: Account, label: str) -> None:
    """An account is called by its name, with the id."""
    assert account.label == label


def test_account() -> None:
    """Of an account that is not known, there is its id."""
    assert [WHOLE.account(each) for each in (PROD, "1")] == [ACCOUNTS[1], Account("1")]


@pytest.mark.parametrize(
    ("principal", "label"),
    [
        ("u-ann", "ann (u-ann)"),
        ("u-other", "ann (u-other)"),
        ("u-bob", "bob"),
        ("u-cat", "cat"),
        ("u-at", "u-at"),
        ("u-nameless", "u-nameless"),
        ("u-unknown", "u-unknown"),
        ("g-developers", "developers"),
        ("g-mail", "team"),
        ("g-unknown", "g-unknown"),
    ],
)
def test_principal(principal: str, label: str) -> None:
    """An email address is cut at the @; the id is added if another name is the same then."""
    groups = (Group("g-developers", "developers"), Group("g-mail", "team@example.com"))
    found = replace(WHOLE, users={each.id: each for each in USERS}, groups={each.id: each for each in groups})
    kind: PrincipalType = "GROUP" if principal.startswith("g-") else "USER"
    assert found.principal(kind, principal) == label


def test_user_and_group_of_one_id() -> None:
    """A user and a group are told apart, even if they had the same id."""
    found = replace(WHOLE, users={"1": User("1", "ann")}, groups={"1": Group("1", "developers")})
    assert [found.principal("USER", "1"), found.principal("GROUP", "1")] == ["ann", "developers"]


def test_assigned() -> None:
    """The assignments of a permission set are those of its pairs, and others that are known."""
    rows = assigned("g-developers", DEVELOPER, PROD)
    other = Assignment(DEVELOPER.arn, SANDBOX, "GROUP", "g-ops")
    elsewhere = Assignment("arn:other", SANDBOX, "GROUP", "g-ops")
    found = replace(WHOLE, assignments={(DEVELOPER.arn, PROD): tuple(rows)}, group_assignments=(other, elsewhere))
    assert [*found.assigned(DEVELOPER)] == [*rows, other]


def test_assigned_to_nobody() -> None:
    """Without an account, or without assignments, there are none."""
    assert [*WHOLE.assigned(PermissionSet("arn:a"))] == []
    assert [*inventory(DEVELOPER, assignments=[]).assigned(DEVELOPER)] == []


@pytest.mark.parametrize(
    ("provisioned", "read", "knows"),
    [
        ((PROD, SANDBOX), (PROD, SANDBOX), True),
        ((PROD, SANDBOX), (PROD,), False),
        ((), (), True),
        (None, (PROD,), False),
    ],
)
def test_knows_assignments(provisioned: tuple[str, ...] | None, read: tuple[str, ...], knows: bool) -> None:
    """All assignments are known if those of each account are, even if there are none."""
    each = DEVELOPER._replace(provisioned=provisioned)
    found = replace(WHOLE, assignments={(DEVELOPER.arn, account): () for account in read})
    assert found.knows_assignments(each) is knows
