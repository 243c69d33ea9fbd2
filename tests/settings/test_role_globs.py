"""Globs over account/role."""

import pytest

from ssohelper.roles import Account, Role
from ssohelper.settings import role_globs

ROLE = Role(Account("111111111111", "payments-prod"), "AdminAccess")


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*", True),
        ("*/*", True),
        ("payments-*", True),
        ("payments-prod/AdminAccess", True),
        ("payments-*/Admin*", True),
        ("111111111111", True),
        ("111111111111/AdminAccess", True),
        ("payments-????/*", True),
        ("[op]ayments-prod", True),
        ("Payments-prod", False),
        ("payments-prod/adminaccess", False),
        ("payments", False),
        ("AdminAccess", False),
        ("*/Read*", False),
        ("payments-prod/", False),
        ("2*", False),
    ],
)
def test_matches(glob: str, expected: bool) -> None:
    """The account matches by name or id, and a glob without a role matches every role in it."""
    assert role_globs.matches(glob, ROLE) == expected


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("payments-*/Admin*", True),
        ("payments-*/Read*", False),
        ("1*/Admin*", True),
        ("2*/Admin*", True),
        ("222222222222/Admin*", False),
    ],
)
def test_may_match(glob: str, expected: bool) -> None:
    """An account of unknown name may have any name, also one of digits, but no other id."""
    assert role_globs.may_match(glob, Role(Account("111111111111"), "AdminAccess")) == expected
    assert role_globs.may_match(glob, ROLE) == role_globs.matches(glob, ROLE)


def test_slash_in_account_name() -> None:
    """The last slash separates account and role, since role names have none."""
    role = Role(Account("1", "team/prod"), "Admin")
    globs = ("team/prod/Admin", "team/*/Admin", "team/prod")
    assert [role_globs.matches(glob, role) for glob in globs] == [True, True, False]


def test_account_without_name() -> None:
    """An account without a name matches by its id."""
    role = Role(Account("111111111111"), "Admin")
    globs = ("1*/Admin", "payments-*", "*")
    assert [role_globs.matches(glob, role) for glob in globs] == [True, False, True]


def test_any_matches() -> None:
    """One matching glob is enough; without globs there is none."""
    globs = (("x", "payments-*"), ("x", "y"), ())
    assert [role_globs.any_matches(each, ROLE) for each in globs] == [True, False, False]


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("payments-*", True),
        ("payments-prod/Admin*", True),
        ("*a/Admin", True),
        ("111111111111/Admin", False),
        ("1111*", True),
        ("*/Admin", False),
        ("*", False),
        ("[1-3]*/Admin", True),
    ],
)
def test_names_account(glob: str, expected: bool) -> None:
    """Only for a glob that is more than an id or `*` is the account's name needed."""
    assert role_globs.names_account(glob) == expected


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("AdminAccess", True),
        ("Admin*", True),
        ("payments-*", False),
        ("*", False),
        ("ReadOnly", False),
        ("*/AdminAccess", False),
    ],
)
def test_matches_only_role_names(glob: str, expected: bool) -> None:
    """A role's name without `*/` matches no account; a glob that matches nothing either way is not one."""
    assert role_globs.matches_only_role_names(glob, [ROLE]) == expected
