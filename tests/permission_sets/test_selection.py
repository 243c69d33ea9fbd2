"""The permission set, or the account, that somebody names."""

from dataclasses import replace

import pytest

from ssohelper.errors import BadInput, Unavailable
from ssohelper.permission_sets import selection
from ssohelper.permission_sets.inventory import Account, Inventory, PermissionSet
from tests.fixtures.inventories import ACCOUNTS, PROD, inventory, permission_set

DEVELOPER, READ_ONLY = permission_set("DeveloperAccess"), permission_set("ReadOnly")
UPPER, LOWER = permission_set("Twin"), permission_set("twin")
UNREAD = PermissionSet("arn:unread")
WHOLE = inventory(DEVELOPER, READ_ONLY, UPPER, LOWER, assignments=[])
PARTIAL = inventory(DEVELOPER, READ_ONLY, UNREAD, assignments=[])
SAME = inventory(UPPER, UPPER._replace(arn="arn:other"), assignments=[])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DeveloperAccess", DEVELOPER),
        ("developeraccess", DEVELOPER),
        (DEVELOPER.arn, DEVELOPER),
        ("Twin", UPPER),
        ("twin", LOWER),
    ],
)
def test_permission_set(name: str, expected: PermissionSet) -> None:
    """A permission set is found by its name, in this case or else in any, or by its ARN."""
    assert selection.permission_set(WHOLE, name) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("DevelopreAccess", "permission set 'DevelopreAccess' not found; did you mean DeveloperAccess?"),
        ("zzz", "permission set 'zzz' not found"),
        ("", "permission set '' not found"),
        ("TWIN", f"several permission sets are named TWIN: {UPPER.arn}, {LOWER.arn}"),
        (
            "AWSReservedSSO_Read_Only_0123456789abcdef",
            "{} is the name of a role in an account; its permission set is Read_Only",
        ),
    ],
)
def test_permission_set_not_found(name: str, message: str) -> None:
    """Another name is refused: with a similar one, or the one that is in the name of a role."""
    with pytest.raises(BadInput) as caught:
        selection.permission_set(WHOLE, name)
    assert str(caught.value) == message.format(name)


def test_permission_sets_of_one_name() -> None:
    """Where several permission sets have the very same name, their ARNs tell them apart."""
    with pytest.raises(BadInput) as caught:
        selection.permission_set(SAME, "Twin")
    assert str(caught.value) == f"several permission sets are named Twin: {UPPER.arn}, arn:other"
    assert selection.permission_set(SAME, "arn:other").arn == "arn:other"


def test_role_name_of_a_set() -> None:
    """A permission set that is named like a role is found."""
    odd = permission_set("AWSReservedSSO_x_0123456789abcdef")
    assert selection.permission_set(inventory(odd), odd.label) == odd


@pytest.mark.parametrize("of", [replace(WHOLE, sets_complete=False), PARTIAL])
def test_permission_sets_incomplete(of: Inventory) -> None:
    """Where not all names could be read, it may exist all the same: it is not a mistake of the user."""
    with pytest.raises(Unavailable) as caught:
        selection.permission_set(of, "zzz")
    assert str(caught.value) == "permission set 'zzz' not found among those whose names could be read"
    assert selection.permission_set(PARTIAL, "arn:unread") == UNREAD


@pytest.mark.parametrize("name", [PROD, "payments-prod", "Payments-PROD"])
def test_account(name: str) -> None:
    """An account is found by its id, or by its name in any case."""
    assert selection.account(WHOLE, name) == ACCOUNTS[1]


NAMELESS = Account("999988887777")
# Arabic ones.
DIGITS = "\u0663" * 12
TWINS = replace(WHOLE, accounts={**WHOLE.accounts, "1": Account("1", "sandbox"), NAMELESS.id: NAMELESS})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("payments-prd", "account 'payments-prd' not found; did you mean payments-prod?"),
        ("zzz", "account 'zzz' not found"),
        ("33334444555", "account '33334444555' not found"),
        (DIGITS, f"account {DIGITS!r} not found"),
        (
            "333344445556",
            "account {} is not in the organization; did you mean {}?",
        ),
        ("000000000000", "account 000000000000 is not in the organization"),
        ("sandbox", "several accounts are named sandbox: 777788889999, 1"),
    ],
)
def test_account_not_found(name: str, message: str) -> None:
    """Another account is refused, with a similar one; ids are compared with ids, names with names."""
    with pytest.raises(BadInput) as caught:
        selection.account(TWINS, name)
    near = "333344445555 (payments-prod) or 444455556666 (payments-staging)"
    assert str(caught.value) == message.format(name, near)


def test_accounts_incomplete() -> None:
    """Where accounts could not be listed, any id may be one."""
    unknown = replace(WHOLE, accounts={}, accounts_complete=False)
    assert selection.account(unknown, "333344445556") == Account("333344445556")
    with pytest.raises(Unavailable) as caught:
        selection.account(unknown, "payments-prod")
    assert str(caught.value) == "account 'payments-prod' not found: the accounts could not be listed"
