"""Full power is for emergencies: whom break-glass permission sets are assigned to, and what is like them."""

import json
from collections.abc import Callable, Iterator

import pytest

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Assignment, Group, Inventory, PermissionSet, User
from ssohelper.permission_sets.rules import break_glass
from ssohelper.settings.model import ReviewSettings
from tests.fixtures.inventories import PROD, SETTINGS, assigned, inventory, permission_set, review

SANDBOX = "777788889999"
ADMINISTRATOR = ("arn:aws:iam::aws:policy/AdministratorAccess",)
EVERYTHING = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
EMERGENCY = permission_set("BreakGlass", managed_policies=ADMINISTRATOR, session_seconds=3600)
EVERYDAY = permission_set("Administrators", managed_policies=ADMINISTRATOR, provisioned=(PROD, SANDBOX))
Rule = Callable[[Review], Iterator[Finding]]


def groups(*found: Group) -> dict[str, Group]:
    """Groups of an inventory."""
    return {each.id: each for each in found}


def users(number: int) -> list[User]:
    """Users who exist."""
    return [User(f"u-{each}", f"user{each}", True, True) for each in range(number)]


def to_users(each: PermissionSet, found: list[User]) -> Inventory:
    """An inventory where a permission set is assigned to users."""
    rows = [row for user in found for row in assigned(user.id, each)]
    return inventory(each, assignments=rows, users={user.id: user for user in found})


def messages(rule: Rule, of: Inventory) -> list[str]:
    """What a rule says."""
    return [each.message for each in rule(review(of))]


@pytest.mark.parametrize("rule", break_glass.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory that has a permission set for emergencies, or needs none."""
    rows = [*assigned("g-developers", permission_set()), *assigned("u-ann", EMERGENCY)]
    assert messages(rule, inventory(permission_set(), EMERGENCY, assignments=rows)) == []
    assert list(rule(review(inventory(permission_set()), ReviewSettings()))) == []


def test_group() -> None:
    """What the finding says of a break-glass permission set for a group."""
    rows = [*assigned("g-ops", EMERGENCY), *assigned("u-ann", EMERGENCY)]
    assert list(break_glass.break_glass_group(review(inventory(EMERGENCY, assignments=rows)))) == [
        Finding(
            kind="break-glass-group",
            severity="error",
            practice="break-glass",
            permission_set="BreakGlass",
            message="assigned to the group ops (1 member)",
            affects="payments-prod",
            fix="assign it to named users, then remove the assignments to groups: IAM Identity Center > AWS accounts",
            accounts=[PROD],
            principals=["ops"],
            evidence={"assignments": [{"principal_type": "GROUP", "principal_id": "g-ops", "accounts": [PROD]}]},
        )
    ]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([Group("g-1", "ops", True, ("a", "b"), has_more=True)], ["assigned to the group ops (at least 2 members)"]),
        ([Group("g-1", "ops", None, None)], ["assigned to the group ops"]),
        ([Group("g-1")], ["assigned to the group g-1"]),
        ([Group("g-1", "ops", True, ()), Group("g-2", "it")], ["assigned to 2 groups: it and ops (0 members)"]),
        ([Group("g-1", "ops", exists=False)], []),
    ],
)
def test_groups(found: list[Group], expected: list[str]) -> None:
    """Groups are named with as many members as are known; one that was deleted has another finding."""
    rows = [row for each in found for row in assigned(each.id, EMERGENCY)]
    of = inventory(EMERGENCY, assignments=rows, groups=groups(*found))
    assert messages(break_glass.break_glass_group, of) == expected


def test_wide() -> None:
    """What the finding says of a break-glass permission set for many users."""
    assert list(break_glass.break_glass_wide(review(to_users(EMERGENCY, users(6))))) == [
        Finding(
            kind="break-glass-wide",
            severity="warning",
            practice="break-glass",
            permission_set="BreakGlass",
            message="assigned directly to 6 users (at most 5)",
            affects="payments-prod",
            fix="keep only the users who act in emergencies: IAM Identity Center > AWS accounts",
            accounts=[PROD],
            principals=["user0", "user1", "user2", "user3", "user4", "user5"],
            evidence={"users": 6, "most_users": 5},
        )
    ]


@pytest.mark.parametrize(
    ("found", "number"),
    [
        (users(5), 0),
        ([*users(5), User("u-5", exists=False)], 0),
        ([*users(5), User("u-5")], 0),
        ([*users(5), User("u-5", exists=True)], 1),
    ],
)
def test_number_of_users(found: list[User], number: int) -> None:
    """Five users are not too many; those who were deleted do not count."""
    assert len(messages(break_glass.break_glass_wide, to_users(EMERGENCY, found))) == number


def test_same_users_in_many_accounts() -> None:
    """A user counts once; groups are another finding, and so are other permission sets."""
    many = EMERGENCY._replace(provisioned=(PROD, SANDBOX))
    assert messages(break_glass.break_glass_wide, to_users(many, users(4))) == []
    rows = [row for number in range(6) for row in assigned(f"g-{number}", many)]
    assert messages(break_glass.break_glass_wide, inventory(many, assignments=rows)) == []
    assert messages(break_glass.break_glass_wide, to_users(permission_set(), users(9))) == []


def test_none() -> None:
    """What the finding says if there is no break-glass permission set."""
    settings = SETTINGS._replace(break_glass=("*BreakGlass*", "Emergency*"))
    assert list(break_glass.break_glass_none(review(inventory(permission_set()), settings))) == [
        Finding(
            kind="break-glass-none",
            severity="warning",
            practice="pattern",
            permission_set=None,
            message="no permission set for emergencies: none is called *BreakGlass* or Emergency*",
            affects="everyone who has to act in an emergency when usual access does not work",
            fix="create one with 1h sessions for named users (CreatePermissionSet), or name yours in break_glass",
            evidence={"break_glass": ["*BreakGlass*", "Emergency*"]},
        )
    ]


@pytest.mark.parametrize(
    ("of", "settings"),
    [
        (inventory(permission_set(), sets_complete=False), SETTINGS),
        (inventory(permission_set(), permission_set("x")._replace(name=None)), SETTINGS),
        (inventory(permission_set()), ReviewSettings()),
        (inventory(permission_set(), EMERGENCY), SETTINGS._replace(ignore=("Break*",))),
    ],
)
def test_none_unknown(of: Inventory, settings: ReviewSettings) -> None:
    """Nothing is said if it may be one that was not read, that the settings do not name, or that they ignore."""
    assert list(break_glass.break_glass_none(review(of, settings))) == []


def test_power_everyday() -> None:
    """What the finding says of a group with full power."""
    rows = [*assigned("g-developers", EVERYDAY), *assigned("g-ops", EVERYDAY, PROD), *assigned("u-ann", EVERYDAY)]
    assert list(break_glass.power_everyday(review(inventory(EVERYDAY, assignments=rows)))) == [
        Finding(
            kind="power-everyday",
            severity="error",
            practice="break-glass",
            permission_set="Administrators",
            message="its policies allow everything, and it is assigned to "
            "2 groups: developers (2 members) and ops (1 member)",
            affects="payments-prod and sandbox",
            fix="assign one with fewer permissions, and keep this one for emergencies (break_glass)",
            accounts=[PROD, SANDBOX],
            principals=["developers", "ops"],
            evidence={
                "assignments": [
                    {"principal_type": "GROUP", "principal_id": "g-developers", "accounts": [PROD, SANDBOX]},
                    {"principal_type": "GROUP", "principal_id": "g-ops", "accounts": [PROD]},
                ]
            },
        )
    ]


@pytest.mark.parametrize(
    ("each", "number"),
    [
        (permission_set(inline_policy=EVERYTHING), 1),
        (permission_set(), 0),
        (permission_set(inline_policy=None, managed_policies=None), 0),
        (EVERYDAY._replace(name=None), 0),
        (EVERYDAY._replace(name="team-breakglass"), 0),
        (EVERYDAY._replace(provisioned=None), 0),
    ],
)
def test_power(each: PermissionSet, number: int) -> None:
    """Full power that is for emergencies, or may be, is not found, nor what is not known to be full power."""
    assert len(messages(break_glass.power_everyday, inventory(each))) == number


@pytest.mark.parametrize(
    "rows",
    [
        assigned("u-ann", EVERYDAY),
        assigned("g-deleted", EVERYDAY),
        [],
    ],
)
def test_power_for_no_group(rows: list[Assignment]) -> None:
    """Full power for users is another finding, and so are groups that were deleted."""
    of = inventory(EVERYDAY, assignments=rows, groups=groups(Group("g-deleted", exists=False)))
    assert messages(break_glass.power_everyday, of) == []
