"""Assignments and the roles that they need."""

from ssohelper.simulator.access import Access, Role
from ssohelper.simulator.entities import PermissionSet, Principal
from ssohelper.simulator.identifiers import iam_role_name

ONE, TWO = "000000000001", "000000000002"
ANN, BOB = Principal.user("ann"), Principal.user("bob")
OLD, NEW = PermissionSet("Admin", 1), PermissionSet("Admin", 2)


def test_assigned() -> None:
    """Assignments are found by pair and by principal; each is there once."""
    access = Access()
    for account_id, principal in ((ONE, ANN), (TWO, ANN), (ONE, BOB), (ONE, ANN)):
        access.assign(account_id, OLD, principal)
    access.assign(ONE, PermissionSet("Read"), ANN)
    assert (access.principals(ONE, "Admin"), access.principals(TWO, "Read")) == ([ANN, BOB], [])
    assert access.pairs(ANN) == [(ONE, "Admin"), (ONE, "Read"), (TWO, "Admin")]
    assert access.assigned_to(Principal.user("nobody")) == {}


def test_withdrawn() -> None:
    """A row is removed once; the role stays until it is not used, and is asked to go."""
    access = Access()
    access.assign(ONE, OLD, ANN)
    access.assign(ONE, OLD, BOB)
    assert [access.withdraw(ONE, "Admin", ANN) for _ in range(2)] == [True, False]
    access.remove_unused_role(ONE, "Admin")
    assert list(access.roles_in(ONE)) == ["Admin"]
    access.withdraw(ONE, "Admin", BOB)
    access.remove_unused_role(ONE, "Admin")
    assert (access.roles_in(ONE), access.pairs(BOB)) == ({}, [])


def test_roles() -> None:
    """A role keeps its version when somebody is assigned it, and its name when it gets another version."""
    access = Access()
    access.assign(ONE, OLD, ANN)
    access.assign(ONE, NEW, BOB)
    first = iam_role_name(ONE, "Admin")
    assert access.roles_in(ONE) == {"Admin": Role(first, OLD)}
    access.provision(ONE, NEW)
    assert access.roles_in(ONE) == {"Admin": Role(first, NEW)}
    access.remove(ONE, "Admin")
    assert (access.roles_in(ONE), access.pairs(ANN)) == ({}, [])
    access.provision(ONE, NEW)
    assert access.roles_in(ONE) == {"Admin": Role(iam_role_name(ONE, "Admin", 2), NEW)}
