"""When the agent looks next, by how everything stood after its last look."""

import pytest

from ssohelper.refresher.agenda import Agenda
from ssohelper.refresher.worker import Renewed, RenewedRole

NOW = 1767225600.0
MINUTES = 60.0


def session(
    name: str,
    token_left: float,
    *roles: RenewedRole,
    problem: str | None = None,
    sign_in_left: float | None = None,
) -> Renewed:
    """A session whose token lasts so many minutes, and its sign-in, where that is known."""
    ends = None if sign_in_left is None else NOW + sign_in_left * MINUTES
    return Renewed(name, NOW + token_left * MINUTES, ends, 15 * MINUTES, problem, roles=roles)


def role(left: float | None, problem: str | None = None, *, lasting: bool = False) -> RenewedRole:
    """A role whose credentials last so many minutes."""
    ends = None if left is None else NOW + left * MINUTES
    return RenewedRole("111122223333", "ReadOnly", ends, problem, lasting)


@pytest.mark.parametrize(
    ("sessions", "minutes"),
    [
        ([], 60),
        ([session("a", 60)], 40),
        ([session("a", 60), session("b", 50)], 30),
        ([session("a", 60, role(720), role(45))], 25),
        ([session("a", 600, role(720))], 60),  # at least once an hour
        ([session("a", 60, role(None, "withdrawn", lasting=True))], 40),
        ([Renewed("a", NOW - 1, problem="has ended", needs_person=True, roles=[role(None, "has ended")])], 60),
        ([Renewed("a", NOW - 1, problem="has ended", needs_person=True), session("b", 50)], 30),
        ([session("a", 12, sign_in_left=12)], 12),  # its token ends with its sign-in
        ([session("a", 12, role(25), sign_in_left=12)], 5),
        ([session("a", 60, sign_in_left=45)], 30),  # the person is told
        ([session("a", 60, sign_in_left=14)], 40),  # was told; and perhaps it does not end
        ([session("a", 30, sign_in_left=14)], 14),
    ],
)
def test_when_all_is_well(sessions: list[Renewed], minutes: float) -> None:
    """The next look is due 20 minutes before the first thing ends; what only a person can mend is not waited for."""
    assert Agenda().next_look(sessions, NOW) - NOW == minutes * MINUTES


def test_growing_pauses() -> None:
    """What was due and could not be renewed is tried again after growing pauses, each thing by itself."""
    agenda = Agenda()
    failing = session("a", 10, problem="HTTP 503")
    assert [agenda.next_look([failing], NOW) - NOW for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    both = [failing, session("b", 60, role(5))]
    assert agenda.next_look(both, NOW) - NOW == 5  # the role has failed for the first time
    assert agenda.next_look(both, NOW) - NOW == 10
    assert agenda.next_look([session("a", 60), session("b", 60, role(60))], NOW) - NOW == 40 * MINUTES
    assert agenda.next_look([failing], NOW) - NOW == 5


def test_looks_that_come_to_nothing() -> None:
    """So are looks of which nothing came at all."""
    agenda = Agenda()
    assert [agenda.after_nothing(NOW) - NOW for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    agenda.next_look([session("a", 60)], NOW)
    assert agenda.after_nothing(NOW) - NOW == 5
