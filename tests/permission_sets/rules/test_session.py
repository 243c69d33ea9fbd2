"""Sessions that are too long for what they allow, or too short for what they are used for."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ssohelper.permission_sets.findings import Finding, Review
from ssohelper.permission_sets.inventory import Account
from ssohelper.permission_sets.rules import session
from ssohelper.settings.model import ReviewSettings
from tests.fixtures.inventories import PROD, SETTINGS, inventory, permission_set, review

HOUR = 3600
SANDBOX = "777788889999"
UNKNOWN_OU = "999900001111"
ADMINISTRATOR = ("arn:aws:iam::aws:policy/AdministratorAccess",)
EVERYTHING = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
EDIT = "IAM Identity Center > Permission sets > DeveloperAccess > Edit"
Rule = Callable[[Review], Iterator[Finding]]


def findings(rule: Rule, settings: ReviewSettings = SETTINGS, **changes: Any) -> list[Finding]:
    """What a rule finds about a permission set with changes."""
    return list(rule(review(inventory(permission_set(**changes)), settings, refreshed_all_day=("DeveloperAccess",))))


@pytest.mark.parametrize("rule", session.RULES)
def test_clean(rule: Rule) -> None:
    """Nothing is found in a clean inventory, nor where the duration is not known."""
    assert list(rule(review(inventory(permission_set())))) == []
    assert findings(rule, session_seconds=None, managed_policies=ADMINISTRATOR) == []


def test_session_long() -> None:
    """What the finding says of a long session; accounts for development are left out."""
    assert findings(session.session_long, session_seconds=12 * HOUR, provisioned=(SANDBOX, PROD)) == [
        Finding(
            kind="session-long",
            severity="warning",
            practice="session",
            permission_set="DeveloperAccess",
            message="sessions of 12h (at most 4h outside of development accounts)",
            affects="everyone who uses it in payments-prod",
            fix=f"shorten the session duration: {EDIT}",
            accounts=[PROD],
            evidence={"session_seconds": 12 * HOUR, "longest_hours": 4},
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"session_seconds": 4 * HOUR},
        {"provisioned": (SANDBOX,)},
        {"provisioned": (SANDBOX, UNKNOWN_OU)},
        {"provisioned": (UNKNOWN_OU,)},
        {"provisioned": ()},
        {"provisioned": None},
        {"managed_policies": ADMINISTRATOR},
        {"inline_policy": EVERYTHING},
    ],
)
def test_session_not_long(changes: dict[str, Any]) -> None:
    """A session is not called long in accounts that are for development, or may be, nor twice with full power."""
    assert findings(session.session_long, **({"session_seconds": 12 * HOUR} | changes)) == []


@pytest.mark.parametrize(
    ("settings", "accounts"),
    [
        (SETTINGS._replace(longest_hours=12), []),
        (SETTINGS._replace(longest_hours=0.5), [PROD]),
        (SETTINGS._replace(development_ous=("/prod",)), []),
        (SETTINGS._replace(development_ous=()), [PROD, UNKNOWN_OU]),
    ],
)
def test_session_settings(settings: ReviewSettings, accounts: list[str]) -> None:
    """The settings say how long is long, and where; without development OUs, OUs do not matter."""
    found = findings(session.session_long, settings, session_seconds=12 * HOUR, provisioned=(PROD, UNKNOWN_OU))
    assert [account for each in found for account in each.accounts] == accounts


def test_account_without_a_place() -> None:
    """An account whose place in the tree is not known may be for development."""
    of = inventory(
        permission_set(session_seconds=12 * HOUR), accounts={PROD: Account(PROD, "payments-prod", "ACTIVE")}
    )
    assert list(session.session_long(review(of))) == []


def test_session_long_power() -> None:
    """What the finding says of full power for long."""
    assert findings(session.session_long_power, session_seconds=8 * HOUR, managed_policies=ADMINISTRATOR) == [
        Finding(
            kind="session-long-power",
            severity="error",
            practice="session",
            permission_set="DeveloperAccess",
            message="its policies allow everything, with sessions of 8h (at most 1h)",
            affects="everyone who uses it in payments-prod",
            fix=f"shorten the session duration: {EDIT}",
            accounts=[PROD],
            evidence={"session_seconds": 8 * HOUR, "powerful_hours": 1},
        )
    ]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"inline_policy": EVERYTHING}, 1),
        ({"inline_policy": EVERYTHING, "provisioned": (SANDBOX,)}, 1),
        ({"inline_policy": EVERYTHING, "provisioned": None}, 1),
        ({"inline_policy": EVERYTHING, "session_seconds": HOUR}, 0),
        ({"inline_policy": None, "managed_policies": None}, 0),
        ({}, 0),
    ],
)
def test_power(changes: dict[str, Any], number: int) -> None:
    """Full power is found wherever it is, if it is known and lasts for more than one hour."""
    assert len(findings(session.session_long_power, **({"session_seconds": 2 * HOUR} | changes))) == number


def test_powerful_hours() -> None:
    """The settings say how long full power may last; beyond that, a session is not called long as well."""
    changes: dict[str, Any] = {"session_seconds": 8 * HOUR, "managed_policies": ADMINISTRATOR}
    for hours, kinds in ((1, ["session-long-power"]), (8, ["session-long"])):
        settings = SETTINGS._replace(powerful_hours=hours)
        found = [each.kind for rule in session.RULES for each in findings(rule, settings, **changes)]
        assert found == kinds


def test_session_default() -> None:
    """What the finding says of the default duration where credentials are refreshed all day."""
    assert findings(session.session_default, session_seconds=HOUR) == [
        Finding(
            kind="session-default",
            severity="warning",
            practice="session",
            permission_set="DeveloperAccess",
            message="sessions of 1h, the default, although credentials were refreshed all day",
            affects="jobs that run for longer than 1h and cannot refresh their credentials",
            fix=f"choose a longer session duration: {EDIT}",
            accounts=[PROD],
            evidence={"session_seconds": HOUR},
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"session_seconds": 2 * HOUR},
        {"managed_policies": ADMINISTRATOR},
        {"name": "ReadOnly"},
        {"name": None},
    ],
)
def test_session_default_is_right(changes: dict[str, Any]) -> None:
    """One hour is right for full power, and for permission sets that were not seen in use all day."""
    assert findings(session.session_default, **({"session_seconds": HOUR} | changes)) == []
