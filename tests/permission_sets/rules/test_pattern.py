"""Permission sets for single users, and too many of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Inventory, PermissionSet, User
from ssohelper.permission_sets.rules import pattern
from tests.fixtures.inventories import PROD, SETTINGS, USERS, assigned, inventory, permission_set, review

SANDBOX = "777788889999"
TWO = permission_set(provisioned=(PROD, SANDBOX))
THREE = (PROD, SANDBOX, "444455556666")
Rule = Callable[[Review], Iterator[Finding]]


def sets(number: int, *provisioned: str) -> list[PermissionSet]:
    """Permission sets that are provisioned in the same accounts."""
    return [permission_set(f"Set{each}", provisioned=provisioned) for each in range(number)]


def messages(rule: Rule, of: Inventory) -> list[str]:
    """What a rule says."""
    return [each.message for each in rule(review(of))]


@pytest.mark.parametrize("rule", pattern.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory, nor in one where nothing is known of the permission set."""
    assert messages(rule, inventory(permission_set())) == []
    assert messages(rule, inventory(PermissionSet(TWO.arn, "DeveloperAccess"))) == []


def test_direct() -> None:
    """What the finding says of assignments to users; groups are left out."""
    rows = [*assigned("u-bob", TWO, SANDBOX), *assigned("u-ann", TWO), *assigned("g-developers", TWO)]
    assert list(pattern.direct(review(inventory(TWO, assignments=rows)))) == [
        Finding(
            kind="direct",
            severity="warning",
            practice="pattern",
            permission_set="DeveloperAccess",
            message="assigned directly to 2 users: ann and bob",
            affects="payments-prod and sandbox",
            fix="assign it to a group with these users, then remove their assignments: "
            "IAM Identity Center > AWS accounts",
            accounts=[PROD, SANDBOX],
            principals=["ann", "bob"],
            evidence={
                "assignments": [
                    {"principal_type": "USER", "principal_id": "u-ann", "accounts": [PROD, SANDBOX]},
                    {"principal_type": "USER", "principal_id": "u-bob", "accounts": [SANDBOX]},
                ]
            },
        )
    ]


@pytest.mark.parametrize(
    ("each", "user", "expected"),
    [
        (TWO, User("u-1", "eve", None, True), ["assigned directly to eve"]),
        (TWO, User("u-1"), []),
        (TWO, User("u-1", exists=False), []),
        (TWO._replace(name="BreakGlass"), User("u-1", "eve", True, True), []),
        (TWO._replace(name=None), User("u-1", "eve", True, True), []),
    ],
)
def test_direct_users(each: PermissionSet, user: User, expected: list[str]) -> None:
    """A user counts who is known to exist; a permission set that may be for emergencies is left out."""
    of = inventory(each, assignments=assigned("u-1", each), users={found.id: found for found in (*USERS, user)})
    assert messages(pattern.direct, of) == expected


def test_direct_user_not_in_the_inventory() -> None:
    """A user of whom nothing was read may have been deleted."""
    of = inventory(TWO, assignments=assigned("u-unknown", TWO))
    assert messages(pattern.direct, of) == []


def test_many_small() -> None:
    """What the finding says of many permission sets with few accounts."""
    assert list(pattern.too_many(review(inventory(*sets(31, PROD, SANDBOX))))) == [
        Finding(
            kind="too-many",
            severity="warning",
            practice="pattern",
            permission_set=None,
            message="31 permission sets are provisioned in fewer than 3 accounts each",
            affects="administrators, who have to review all of them",
            fix="replace them with a few for many accounts, by job function: ReadOnly, Developer, SecurityAudit",
            evidence={"permission_sets": 31, "fewer_accounts_than": 3},
        )
    ]


def test_not_many_small() -> None:
    """Thirty are not too many, nor are any number with three accounts each; ignored ones do not count."""
    assert messages(pattern.too_many, inventory(*sets(30, PROD, SANDBOX))) == []
    assert messages(pattern.too_many, inventory(*sets(60, *THREE))) == []
    assert list(pattern.too_many(review(inventory(*sets(31)), SETTINGS._replace(ignore=("Set7",))))) == []


def test_quota() -> None:
    """What the finding says close to the quota of permission sets; below 80 % of it, nothing is found."""
    of = replace(inventory(), permission_sets=tuple(sets(2800, *THREE)))
    found = [each for each in pattern.too_many(review(of)) if not each.accounts]
    assert found == [
        Finding(
            kind="too-many",
            severity="warning",
            practice="pattern",
            permission_set=None,
            message="2,800 permission sets, the default quota is 3,500",
            affects="administrators, who have to review all of them",
            fix="delete those that nobody uses, or ask AWS to raise the quota",
            evidence={"permission_sets": 2800, "quota": 3500},
        )
    ]
    below = replace(of, permission_sets=of.permission_sets[1:])
    assert [each for each in pattern.too_many(review(below)) if not each.accounts] == []


def test_quota_of_an_account() -> None:
    """What the finding says close to the quota of an account; below 80 % of it, nothing is found."""
    many = [permission_set(f"Set{number}", provisioned=(f"a{number}", f"b{number}", PROD)) for number in range(400)]
    assert list(pattern.too_many(review(inventory(*many)))) == [
        Finding(
            kind="too-many",
            severity="warning",
            practice="pattern",
            permission_set=None,
            message="400 permission sets in payments-prod (333344445555), the default quota is 500",
            affects="everyone who needs another permission set in payments-prod (333344445555)",
            fix="delete those that nobody uses, or ask AWS to raise the quota",
            accounts=[PROD],
            evidence={"permission_sets": 400, "quota": 500},
        )
    ]
    assert messages(pattern.too_many, inventory(*many[1:])) == []


def test_too_many_unknown() -> None:
    """Nothing is said unless all permission sets are listed, and all of their accounts."""
    many = sets(31)
    assert messages(pattern.too_many, inventory(*many, sets_complete=False)) == []
    assert messages(pattern.too_many, inventory(*many, permission_set(provisioned=None))) == []
