"""When the agent checks again, by the results of its last check."""

import pytest

from ssohelper.refresher import agenda
from ssohelper.refresher.agenda import Agenda
from ssohelper.refresher.worker import RefreshedRole, RefreshResult
from ssohelper.roles import RoleRef

NOW = 1767225600.0
MINUTES = 60.0
ROLE = RoleRef("a", "111122223333", "ReadOnly")


def session(
    name: str,
    token_left: float,
    *roles: RefreshedRole,
    problem: str | None = None,
    sign_in_left: float | None = None,
) -> RefreshResult:
    """A session whose token is valid for so many minutes, and its sign-in, if that is known."""
    sign_in_expires_at = None if sign_in_left is None else NOW + sign_in_left * MINUTES
    return RefreshResult(
        name, NOW + token_left * MINUTES, sign_in_expires_at, 15 * MINUTES, problem=problem, roles=roles
    )


def role(left: float | None, problem: str | None = None, *, permanent: bool = False) -> RefreshedRole:
    """A role whose credentials are valid for so many minutes."""
    return RefreshedRole(ROLE, None if left is None else NOW + left * MINUTES, problem, permanent)


EXPIRED = RefreshResult("a", NOW - 1, problem="has expired", needs_person=True, roles=[role(None, "has expired")])


@pytest.mark.parametrize(
    ("sessions", "minutes"),
    [
        ([], 60),
        ([session("a", 60)], 40),
        ([session("a", 60), session("b", 50)], 30),
        ([session("a", 60, role(720), role(45))], 25),
        ([session("a", 600, role(720))], 60),  # at least once an hour
        ([session("a", 60, role(None, "not assigned", permanent=True))], 40),
        ([EXPIRED], 60),
        ([EXPIRED._replace(roles=()), session("b", 50)], 30),
        ([session("a", 12, sign_in_left=12)], 12),  # the token expires with the sign-in
        ([session("a", 12, role(25), sign_in_left=12)], 5),
        ([session("a", 60, sign_in_left=45)], 30),  # the user is notified
        ([session("a", 60, sign_in_left=14)], 40),  # was notified; the sign-in may last longer than expected
        ([session("a", 30, sign_in_left=14)], 14),
    ],
)
def test_next_check(sessions: list[RefreshResult], minutes: float) -> None:
    """A check is due 20 minutes before the first expiry, not for what only a person can fix."""
    assert Agenda().next_check(sessions, NOW) - NOW == minutes * MINUTES


def test_growing_pauses() -> None:
    """What was due and could not be refreshed is retried after growing pauses, which each thing has of its own."""
    agenda = Agenda()
    failing = session("a", 10, problem="HTTP 503")
    assert [agenda.next_check([failing], NOW) - NOW for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    both = [failing, session("b", 60, role(5), problem="HTTP 503")]
    assert agenda.next_check(both, NOW) - NOW == 5  # the first failure of the role
    assert agenda.next_check(both, NOW) - NOW == 10
    assert agenda.next_check([session("a", 60), session("b", 60, role(60))], NOW) - NOW == 40 * MINUTES
    assert agenda.next_check([failing], NOW) - NOW == 5


def test_short_lived_credentials() -> None:
    """Credentials that were just refreshed, and are valid for less than 20 minutes, are due after half of that."""
    agenda = Agenda()
    assert agenda.next_check([session("a", 60, role(15))], NOW) - NOW == 7.5 * MINUTES
    assert agenda.failures == {}


def test_failed_checks() -> None:
    """Checks without a result are repeated after growing pauses, too."""
    agenda = Agenda()
    assert [agenda.after_failure(NOW) - NOW for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    agenda.next_check([session("a", 60)], NOW)
    assert agenda.after_failure(NOW) - NOW == 5


def test_summary() -> None:
    """The summary has the state of everything, and no secrets."""
    with_secret = RefreshedRole(ROLE, NOW, answer={"SecretAccessKey": "secret"})
    assert agenda.summary([EXPIRED, session("b", 60, with_secret, sign_in_left=90)]) == {
        "a": {
            "token_expires_at": NOW - 1,
            "sign_in_expires_at": None,
            "problem": "has expired",
            "hint": None,
            "roles": [
                {
                    "account_id": "111122223333",
                    "role_name": "ReadOnly",
                    "expires_at": None,
                    "problem": "has expired",
                }
            ],
        },
        "b": {
            "token_expires_at": NOW + 60 * MINUTES,
            "sign_in_expires_at": NOW + 90 * MINUTES,
            "problem": None,
            "hint": None,
            "roles": [
                {"account_id": "111122223333", "role_name": "ReadOnly", "expires_at": NOW, "problem": None},
            ],
        },
    }
