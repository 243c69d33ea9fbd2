"""Findings name accounts, principals and pages of the console in words."""

import pytest

from ssohelper.permission_sets.inventory import Account, Assignment
from ssohelper.permission_sets.rules import wording
from tests.fixtures.inventories import assigned, inventory, permission_set


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (list("abcde"), "a, b, c, d and e"),
        (list("abcdef"), "a, b, c, d, e and 1 more"),
        ([f"{number:04}" for number in range(1205)], "0000, 0001, 0002, 0003, 0004 and 1,200 more"),
    ],
)
def test_names(found: list[str], expected: str) -> None:
    """At most five names are shown, and how many more there are."""
    assert wording.names(found) == expected


def test_accounts() -> None:
    """Accounts are named once each, in order, by id where the name is not known."""
    of = inventory(accounts={"2": Account("2", "web"), "3": Account("3", "data")})
    assert wording.accounts(of, ["2", "1", "3", "2"]) == "1, data and web"


@pytest.mark.parametrize(("number", "expected"), [(0, "0 users"), (1, "1 user"), (2500, "2,500 users")])
def test_counted(number: int, expected: str) -> None:
    """A noun has the plural unless there is one."""
    assert wording.counted(number, "user") == expected


@pytest.mark.parametrize(
    ("provisioned", "expected"),
    [
        (("333344445555", "777788889999"), "everyone who uses it in payments-prod and sandbox"),
        ((), "everyone who uses it"),
        (None, "everyone who uses it"),
    ],
)
def test_everyone(provisioned: tuple[str, ...] | None, expected: str) -> None:
    """Accounts are named if there are any, as far as is known."""
    assert wording.everyone(inventory(), permission_set(provisioned=provisioned)) == expected


def test_page() -> None:
    """The path to a page of the console."""
    page = wording.page(permission_set("ReadOnly"), "Edit")
    assert page == "IAM Identity Center > Permission sets > ReadOnly > Edit"


def test_assignments() -> None:
    """Accounts and principals are listed once; a user and a group may have the same id."""
    each = permission_set(provisioned=("1", "2"))
    rows = [*assigned("u-ann", each), *assigned("g-ops", each, "2"), Assignment(each.arn, "3", "GROUP", "u-ann")]
    of = inventory(each)
    assert wording.account_ids(rows) == ["1", "2", "3"]
    assert wording.principals(of, [*rows, *rows]) == ["ann", "ops", "u-ann"]
    assert wording.by_principal(rows) == [
        {"principal_type": "GROUP", "principal_id": "g-ops", "accounts": ["2"]},
        {"principal_type": "GROUP", "principal_id": "u-ann", "accounts": ["3"]},
        {"principal_type": "USER", "principal_id": "u-ann", "accounts": ["1", "2"]},
    ]
