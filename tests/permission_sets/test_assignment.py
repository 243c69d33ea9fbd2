"""Why a role is not assigned, by what the access portal lists."""

import pytest

from ssohelper.findings import Step
from ssohelper.permission_sets.assignment import Conclusion, Facts, at_last_sync, explain
from ssohelper.roles import Account, Role, RoleRef

NOW = 1_800_000_000.0
PROD = Account("333344445555", "payments-prod")
DEV = Account("444455556666", "payments-dev")
SESSION = ("--session", "acme")
HERE = Step("account", "your roles in payments-prod (333344445555): Admin, ReadOnly")
NEVER = Step("last sync", "it was not assigned to you at the last sync, 1h ago", ok=False)


def facts(role_name: str = "Developer", account_id: str = PROD.id, **more: object) -> Facts:
    """What is known of a role: ReadOnly is assigned in both accounts, Admin in one, Developer in the other."""
    roles = [Role(PROD, "ReadOnly"), Role(PROD, "Admin"), Role(DEV, "ReadOnly"), Role(DEV, "Developer")]
    known = Facts(
        role=RoleRef("acme", account_id, role_name),
        start_url="https://acme.awsapps.com/start",
        account_names={PROD.id: PROD.name, DEV.id: DEV.name},
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
    assert explain(facts()) == Conclusion(
        [
            Step("role", f"{label} is not assigned to you", ok=False),
            HERE,
            Step("other accounts", "Developer is assigned to you in payments-dev (444455556666)"),
            NEVER,
        ],
        f"{label} is not assigned to you",
        "ssohelper roles --session acme",
        "the administrators of IAM Identity Center",
        (f"Please assign the role {label} to me in IAM Identity Center (https://acme.awsapps.com/start).",),
    )


def test_withdrawn() -> None:
    """A role that was there at the last sync was withdrawn."""
    found = explain(facts(was_assigned=True))
    assert found.sentence == "Developer in payments-prod (333344445555) is no longer assigned to you"
    assert found.next_step == "ssohelper sync --session acme --dry-run"
    assert found.steps[-1] == Step("last sync", "it was assigned to you at the last sync, 1h ago")


def test_misspelt() -> None:
    """A role that is nowhere, and similar to one of the account's: nobody has to be asked."""
    found = explain(facts("ReadOnyl"))
    assert found.sentence == "you have no role named ReadOnyl; did you mean ReadOnly?"
    assert (found.next_step, found.text_to_send) == ("ssohelper roles --session acme", ())


def test_wrong_account() -> None:
    """An account in which there is no role, though the role is elsewhere."""
    found = explain(facts("ReadOnly", "333344445556"))
    near = "; did you mean 333344445555 (payments-prod) or 444455556666 (payments-dev)?"
    assert found.sentence == f"you have no role in account 333344445556{near}"
    assert found.steps[1] == Step("account", f"you have no role in 333344445556{near}", ok=False)
    assert found.text_to_send == ()


@pytest.mark.parametrize(("signed_in_at", "when"), [(NOW - 3 * 3600, " 3h ago"), (NOW - 301, " 5m ago"), (None, "")])
def test_assigned_after_the_sign_in(signed_in_at: float | None, when: str) -> None:
    """A sign-in that is not new may not show a role: sign in again."""
    found = explain(facts(signed_in_at=signed_in_at))
    assert found.steps[-1] == Step(
        "sign-in age", f"roles that were assigned since you signed in{when} may not be listed", ok=None
    )
    assert found.sentence.endswith("is not assigned to you (or was after you signed in)")
    assert found.next_step == "ssohelper login --session acme --force"


def test_partial_knowledge() -> None:
    """Where accounts could not be listed, nothing is said of them; no other name is called the right one."""
    unlisted = {PROD.id}
    roles = [Role(DEV, "ReadOnly")]
    found = explain(facts("ReadOnyl", DEV.id, roles=roles, unlisted=unlisted, synced_at=None))
    assert found.steps[1:] == [
        Step("account", "your roles in payments-dev (444455556666): ReadOnly"),
        Step("other accounts", "1 account could not be listed", ok=None),
    ]
    assert found.sentence == "ReadOnyl in payments-dev (444455556666) is not assigned to you"
    found = explain(facts("Admin", PROD.id, roles=roles, unlisted=unlisted, synced_at=None))
    assert found.steps[1] == Step("account", "your roles in 333344445555 could not be listed", ok=None)


def test_at_last_sync() -> None:
    """Of a role that is assigned: other roles there, and the same one elsewhere."""
    roles = facts().roles
    assert list(at_last_sync(RoleRef("acme", PROD.id, "ReadOnly"), roles)) == [
        Step("account", "other roles of yours there at the last sync: Admin"),
        Step("other accounts", "at the last sync, ReadOnly was assigned to you in payments-dev (444455556666), too"),
    ]
    assert list(at_last_sync(RoleRef("acme", "555566667777", "Other"), roles)) == []


def test_many() -> None:
    """Of a long list, five names are shown."""
    roles = [Role(DEV, name) for name in "abcdefg"]
    steps = list(at_last_sync(RoleRef("acme", DEV.id, "x"), roles))
    assert steps == [Step("account", "other roles of yours there at the last sync: a, b, c, d, e and 2 more")]
