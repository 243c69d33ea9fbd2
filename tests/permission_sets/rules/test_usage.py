"""Permission sets that nobody reviewed, nobody can use, or that allow nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Account, CustomerManagedPolicy, Group, Inventory, PermissionSet, User
from ssohelper.permission_sets.rules import usage
from tests.fixtures.inventories import ACCOUNTS, PROD, SETTINGS, assigned, inventory, review
from tests.fixtures.inventories import permission_set as a_set

# The inventory is read at 2027-01-15 08:00 UTC.
REVIEWED = SETTINGS._replace(reviewed_tag="reviewed", review_days=180)
SANDBOX = "777788889999"
TWO = a_set(provisioned=(PROD, SANDBOX))
PAGE = "IAM Identity Center > Permission sets > DeveloperAccess"


def findings(rule: Callable[[Review], Iterator[Finding]], of: Inventory) -> list[Finding]:
    """What a rule finds, with a tag for reviews."""
    return list(rule(review(of, REVIEWED)))


def messages(rule: Callable[[Review], Iterator[Finding]], of: Inventory) -> list[str]:
    """What a rule says."""
    return [each.message for each in findings(rule, of)]


def with_principals(of: Inventory, *principals: User | Group) -> Inventory:
    """An inventory with other users and groups, who may replace those of the same id."""
    users = {each.id: each for each in principals if isinstance(each, User)}
    groups = {each.id: each for each in principals if isinstance(each, Group)}
    return replace(of, users={**of.users, **users}, groups={**of.groups, **groups})


@pytest.mark.parametrize("rule", usage.RULES)
def test_clean(rule: Callable[[Review], Iterator[Finding]]) -> None:
    """Nothing is found in a clean inventory, nor in one where nothing is known of the permission set."""
    assert list(rule(review(inventory(a_set())))) == []
    assert findings(rule, inventory(PermissionSet(TWO.arn))) == []


def test_review_due() -> None:
    """What the finding says of a review that was too long ago."""
    each = a_set(tags={"reviewed": "2026-05-01"})
    assert findings(usage.review_due, inventory(each)) == [
        Finding(
            kind="review-due",
            severity="warning",
            practice="review",
            permission_set="DeveloperAccess",
            message="last reviewed 259 days ago",
            affects="everyone who uses it in payments-prod",
            fix="review its policies and assignments, then set the tag reviewed to the date (TagResource)",
            evidence={"tag": "reviewed", "days": 259, "review_days": 180},
        )
    ]


NO_DATE = "not known when it was reviewed: not a date in the tag reviewed"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"reviewed": "2027-01-01"}, []),
        ({"reviewed": " 2027-01-01T09:30:00Z "}, []),
        ({"reviewed": "2026-07-19T08:00:00"}, []),
        ({"reviewed": "2026-07-19T07:59:59+00:00"}, ["last reviewed 180 days ago"]),
        ({"reviewed": "2028-01-01"}, []),
        ({"reviewed": "ann@example.com"}, [NO_DATE]),
        ({"reviewed": "2026-02-30"}, [NO_DATE]),
        ({"reviewed": ""}, [NO_DATE]),
        ({"Reviewed": "2027-01-01"}, ["not known when it was reviewed: no tag reviewed"]),
        (None, []),
    ],
)
def test_review_dates(tags: dict[str, str] | None, expected: list[str]) -> None:
    """A review is due after 180 days, and if its date is missing or is none."""
    assert messages(usage.review_due, inventory(a_set(tags=tags))) == expected


def test_no_tag_for_reviews() -> None:
    """Nothing is said about reviews unless the settings name the tag."""
    assert list(usage.review_due(review(inventory(a_set(tags={}))))) == []


@given(st.one_of(st.text(), st.datetimes().map(str), st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?\Z")))
def test_any_review_date(text: str) -> None:
    """Any value of the tag can be judged."""
    assert len(messages(usage.review_due, inventory(a_set(tags={"reviewed": text})))) <= 1


def test_nowhere() -> None:
    """What the finding says of a permission set that no account has."""
    assert findings(usage.nowhere, inventory(a_set(provisioned=()))) == [
        Finding(
            kind="nowhere",
            severity="warning",
            practice="review",
            permission_set="DeveloperAccess",
            message="not provisioned in any account",
            affects="nobody",
            fix=f"assign it, or delete it: {PAGE}",
        )
    ]


def test_nobody() -> None:
    """What the finding says of an account without an assignment, and of one with an empty group."""
    each = a_set(provisioned=(PROD, SANDBOX, "444455556666"))
    rows = [*assigned("g-ops", each, SANDBOX), *assigned("u-ann", each, "444455556666")]
    of = with_principals(inventory(each, assignments=rows), Group("g-ops", "ops", True, ()))
    assert findings(usage.nobody, of) == [
        Finding(
            kind="nobody",
            severity="warning",
            practice="review",
            permission_set="DeveloperAccess",
            message="nobody can use it in 2 of 3 accounts",
            affects="payments-prod and sandbox, where it has no users",
            fix="assign it to a group with users, or remove its last assignment there, which deletes the role",
            accounts=[PROD, SANDBOX],
            principals=["ops"],
            evidence={
                "unassigned": [PROD],
                "empty_groups": [{"principal_type": "GROUP", "principal_id": "g-ops", "accounts": [SANDBOX]}],
            },
        )
    ]


@pytest.mark.parametrize(
    "principals",
    [
        (Group("g-1", "one", True, None),),
        (Group("g-1", "one", True, (), has_more=True),),
        (Group("g-1", "one", False, ()),),
        (Group("g-1", "one", True, ("u-ann",)),),
        (Group("g-1", "one", True, ()), User("u-1")),
        (Group("g-1", "one", True, ()), Group("g-2", "two", True, ("u-ann",))),
        (Group("g-1", "one", True, ()), Group("g-2")),
    ],
)
def test_somebody(principals: tuple[User | Group, ...]) -> None:
    """An account is used if it has a user, or a group that has or may have members; deleted ones are left out."""
    rows = [row for each in principals for row in assigned(each.id, TWO)]
    assert messages(usage.nobody, with_principals(inventory(TWO, assignments=rows), *principals)) == []


def test_nobody_unknown() -> None:
    """There is no finding unless all assignments of the permission set are known."""
    of = inventory(TWO, assignments=[])
    known = {pair: rows for pair, rows in of.assignments.items() if pair[1] == PROD}
    assert messages(usage.nobody, of) == ["nobody can use it in 2 of 2 accounts"]
    assert messages(usage.nobody, replace(of, assignments=known)) == []


def test_gone() -> None:
    """What the finding says of a user who was deleted."""
    rows = [*assigned("u-gone", TWO), *assigned("u-ann", TWO), *assigned("g-developers", TWO)]
    of = with_principals(inventory(TWO, assignments=rows), User("u-gone", exists=False))
    assert findings(usage.gone, of) == [
        Finding(
            kind="gone",
            severity="error",
            practice="review",
            permission_set="DeveloperAccess",
            message="assigned to 1 deleted user: u-gone",
            affects="nobody; assignments in payments-prod and sandbox are left over",
            fix="remove the assignments by the id of the user or group (DeleteAccountAssignment)",
            accounts=[PROD, SANDBOX],
            principals=["u-gone"],
            evidence={
                "assignments": [{"principal_type": "USER", "principal_id": "u-gone", "accounts": [PROD, SANDBOX]}]
            },
        )
    ]


@pytest.mark.parametrize(
    ("principals", "expected"),
    [
        ((User("u-1", exists=None), Group("g-1", exists=None)), []),
        ((User("u-1", exists=True), Group("g-1", exists=True)), []),
        ((Group("g-1", exists=False),), ["assigned to 1 deleted group: g-1"]),
        ((User("u-2", exists=False), User("u-1", exists=False)), ["assigned to 2 deleted users: u-1 and u-2"]),
        ((User("u-1", exists=False), Group("g-1", exists=False)), ["assigned to 2 deleted principals: g-1 and u-1"]),
    ],
)
def test_deleted_principals(principals: tuple[User | Group, ...], expected: list[str]) -> None:
    """Only a user or group that is known not to exist is called deleted."""
    rows = [row for each in principals for row in assigned(each.id, TWO)]
    assert messages(usage.gone, with_principals(inventory(TWO, assignments=rows), *principals)) == expected


def test_principal_not_in_the_inventory() -> None:
    """A user or group of which nothing was read is neither deleted, disabled nor empty."""
    rows = [*assigned("u-unknown", TWO, PROD), *assigned("g-unknown", TWO, SANDBOX)]
    of = inventory(TWO, assignments=rows)
    assert [messages(rule, of) for rule in (usage.gone, usage.disabled, usage.nobody)] == [[], [], []]


def test_disabled() -> None:
    """What the finding says of a user who is disabled."""
    rows = [*assigned("u-bob", TWO, SANDBOX), *assigned("u-ann", TWO)]
    of = with_principals(inventory(TWO, assignments=rows), User("u-bob", "bob@example.com", False, True))
    assert findings(usage.disabled, of) == [
        Finding(
            kind="disabled",
            severity="warning",
            practice="review",
            permission_set="DeveloperAccess",
            message="assigned to 1 disabled user: bob",
            affects="nobody now; a user who is enabled again has access to sandbox",
            fix="remove the assignments: IAM Identity Center > AWS accounts",
            accounts=[SANDBOX],
            principals=["bob"],
            evidence={"assignments": [{"principal_type": "USER", "principal_id": "u-bob", "accounts": [SANDBOX]}]},
        )
    ]


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ((User("u-1", enabled=None, exists=True),), []),
        ((User("u-1", enabled=False, exists=False),), []),
        ((User("u-1", enabled=False), User("u-2", enabled=False)), ["assigned to 2 disabled users: u-1 and u-2"]),
    ],
)
def test_disabled_users(users: tuple[User, ...], expected: list[str]) -> None:
    """Only users who are known to be disabled are found, and not those who were deleted."""
    rows = [row for each in users for row in assigned(each.id, TWO)]
    assert messages(usage.disabled, with_principals(inventory(TWO, assignments=rows), *users)) == expected


NOTHING: dict[str, Any] = {"managed_policies": (), "customer_managed_policies": (), "inline_policy": ""}


def test_does_nothing() -> None:
    """What the finding says of a permission set without a policy; a boundary allows nothing by itself."""
    each = a_set(**NOTHING, boundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert findings(usage.does_nothing, inventory(each)) == [
        Finding(
            kind="does-nothing",
            severity="error",
            practice="review",
            permission_set="DeveloperAccess",
            message="no policies attached",
            affects="everyone who uses it in payments-prod",
            fix=f"attach a policy, or delete it: {PAGE}",
            accounts=[PROD],
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"managed_policies": None},
        {"customer_managed_policies": None},
        {"inline_policy": None},
        {"managed_policies": ("arn:aws:iam::aws:policy/ReadOnlyAccess",)},
        {"customer_managed_policies": (CustomerManagedPolicy("/", "developers"),)},
        {"inline_policy": "{}"},
    ],
)
def test_does_something(changes: dict[str, Any]) -> None:
    """Nothing is found if there is a policy of any kind, or may be."""
    assert findings(usage.does_nothing, inventory(a_set(**(NOTHING | changes)))) == []


def closed(state: str | None) -> Inventory:
    """An inventory where one of two accounts is in a state."""
    found = (*ACCOUNTS, Account(SANDBOX, "sandbox", state, "/sandbox"))
    return inventory(TWO, accounts={each.id: each for each in found})


def test_account_closed() -> None:
    """What the finding says of an assignment in a suspended account."""
    assert findings(usage.account_closed, closed("SUSPENDED")) == [
        Finding(
            kind="account-closed",
            severity="warning",
            practice="review",
            permission_set="DeveloperAccess",
            message="assigned in an account that is suspended or closed",
            affects="everyone who uses it in sandbox",
            fix="remove the assignments: IAM Identity Center > AWS accounts",
            accounts=[SANDBOX],
            principals=["developers"],
            evidence={"states": {SANDBOX: "SUSPENDED"}},
        )
    ]


@pytest.mark.parametrize(
    ("state", "number"), [("PENDING_CLOSURE", 1), ("CLOSED", 1), ("ACTIVE", 0), ("PENDING_ACTIVATION", 0), (None, 0)]
)
def test_account_states(state: str | None, number: int) -> None:
    """An account that is being closed is found, but not one whose state is not known."""
    assert len(findings(usage.account_closed, closed(state))) == number


def test_closed_accounts() -> None:
    """Several accounts are counted; one without an assignment is not found."""
    accounts = {each.id: each._replace(state="CLOSED") for each in ACCOUNTS}
    assert messages(usage.account_closed, inventory(TWO, accounts=accounts)) == [
        "assigned in 2 accounts that are suspended or closed"
    ]
    assert messages(usage.account_closed, inventory(TWO, assignments=[], accounts=accounts)) == []
