"""Why a role is not assigned, by what the access portal lists."""

import pytest

from ssohelper.findings import Step
from ssohelper.model import Account, Role, RoleRef
from ssohelper.permission_sets.assignment import Facts, Reason, at_last_sync, explain, listed

NOW = 1_800_000_000.0
PROD = Account("333344445555", "payments-prod")
DEV = Account("444455556666", "payments-dev")
SESSION = ("--session", "acme")
HERE = Step("account", "payments-prod (333344445555): Admin, ReadOnly")
NEVER = Step("earlier", "it was not assigned to you at the last sync, 1h ago", holds=False)


def facts(role_name: str = "Developer", account_id: str = PROD.id, **more: object) -> Facts:
    """What is known of a role: ReadOnly is assigned in both accounts, Admin in one, Developer in the other."""
    roles = [Role(PROD, "ReadOnly"), Role(PROD, "Admin"), Role(DEV, "ReadOnly"), Role(DEV, "Developer")]
    known = Facts(
        role=RoleRef("acme", account_id, role_name),
        accounts=[PROD, DEV],
        roles=roles,
        unlisted=(),
        synced_at=NOW - 3600,
        was_assigned=False,
        signed_in_at=NOW - 60,
        now=NOW,
    )
    return known._replace(**more)  # type: ignore[arg-type] # any of its members


def test_not_assigned() -> None:
    """A role that others have, and that was never here: the administrators can assign it."""
    label = "Developer in payments-prod (333344445555)"
    assert explain(facts()) == Reason(
        [
            Step("role", f"{label} is not assigned to you", holds=False),
            HERE,
            Step("elsewhere", "Developer is yours in payments-dev (444455556666)"),
            NEVER,
        ],
        f"{label} is not assigned to you",
        "ssohelper roles --session acme",
        (f"Please assign the role {label} to me in IAM Identity Center.",),
    )


def test_withdrawn() -> None:
    """A role that was there at the last sync was withdrawn."""
    found = explain(facts(was_assigned=True))
    assert found.sentence == "Developer in payments-prod (333344445555) is no longer assigned to you"
    assert found.next_step == "ssohelper sync --session acme --dry-run"
    assert found.steps[-1] == Step("earlier", "it was assigned to you at the last sync, 1h ago")


def test_misspelt() -> None:
    """A role that is nowhere, and similar to one of the account's: nobody has to be asked."""
    found = explain(facts("ReadOnyl"))
    assert found.sentence == "no role of yours is named ReadOnyl; did you mean ReadOnly?"
    assert (found.next_step, found.request) == ("ssohelper roles --session acme", ())


def test_wrong_account() -> None:
    """An account in which there is no role, though the role is elsewhere."""
    found = explain(facts("ReadOnly", "333344445556"))
    near = "; did you mean 333344445555 (payments-prod) or 444455556666 (payments-dev)?"
    assert found.sentence == f"you have no role in account 333344445556{near}"
    assert found.steps[1] == Step("account", f"you have no role in 333344445556{near}", holds=False)
    assert found.request == ()


@pytest.mark.parametrize(
    ("signed_in_at", "when"), [(NOW - 3 * 3600, ", 3h ago,"), (NOW - 301, ", 5m ago,"), (None, "")]
)
def test_assigned_after_the_sign_in(signed_in_at: float | None, when: str) -> None:
    """A sign-in that is not new may not show a role: sign in again."""
    found = explain(facts(signed_in_at=signed_in_at))
    assert found.steps[-1] == Step(
        "newer roles", f"what was assigned since you signed in{when} may not show", holds=None
    )
    assert found.sentence.endswith("is not assigned to you, or was only after you signed in")
    assert found.next_step == "ssohelper login --session acme --force"


def test_partial_knowledge() -> None:
    """Where accounts could not be listed, nothing is said to be missing there."""
    found = explain(facts("Nothing", "555566667777", unlisted={"555566667777"}, synced_at=None))
    assert found.steps[1:] == [
        Step("account", "the roles in 555566667777 could not be listed", holds=None),
        Step("elsewhere", "1 accounts could not be listed", holds=None),
    ]
    assert found.sentence == "Nothing in 555566667777 is not assigned to you"


def test_at_last_sync() -> None:
    """Of a role that is assigned: other roles there, and the same one elsewhere."""
    roles = facts().roles
    assert list(at_last_sync(RoleRef("acme", PROD.id, "ReadOnly"), roles)) == [
        Step("account", "other roles of yours there at the last sync: Admin"),
        Step("elsewhere", "ReadOnly was yours in payments-dev (444455556666), too, at the last sync"),
    ]
    assert list(at_last_sync(RoleRef("acme", "555566667777", "Other"), roles)) == []


def test_listed() -> None:
    """Of a long list, five are named."""
    assert (listed("abcde"), listed("abcdefg")) == ("a, b, c, d, e", "a, b, c, d, e and 2 more")
