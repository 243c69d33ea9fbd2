"""References to roles: as text, names of files and locks, labels, and no secret in any `repr`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.roles import AccessKeys, Account, RoleCredentials, RoleRef

ROLE = RoleRef("acme", "333344445555", "ReadOnly")
PART = st.text(st.characters(codec="utf-8", exclude_characters=" "), min_size=1)


def test_no_secret_in_repr() -> None:
    """Tracebacks and logs show the `repr`: it has no secret key and no session token."""
    credentials = RoleCredentials(ROLE, "ASIAKEY", "secret-1", "secret-2", 0.0)
    text = repr([credentials, AccessKeys("AKIAKEY", "secret-3", "secret-4")])
    assert ("ASIAKEY" in text, "AKIAKEY" in text, "secret" in text) == (True, True, False)


@given(st.text(), PART, PART)
def test_role_reference_as_text(session: str, account: str, name: str) -> None:
    """The text of a role reference is parsed back, whatever the session's name is, or if there is no session."""
    role = RoleRef(session, account, name)
    assert RoleRef.parse(role.text) == role


@pytest.mark.parametrize("text", ["", "acme", "acme 333344445555", "acme  ReadOnly", "a b "])
def test_not_a_role_reference(text: str) -> None:
    """Any other text is not a role reference."""
    assert RoleRef.parse(text) is None


@given(st.tuples(PART, PART, PART), st.tuples(PART, PART, PART))
def test_file_names(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """Each role has its own file name, of 40 hexadecimal digits, even on case-insensitive file systems."""
    names = [RoleRef(*parts).file_name for parts in (one, other)]
    assert (names[0] == names[1]) == (one == other)
    assert all(re.fullmatch("[0-9a-f]{40}", name) for name in names)


def test_name_that_is_not_utf8() -> None:
    """A session name with bytes that are not UTF-8 has a file name as well."""
    assert RoleRef("caf\udce9", "333344445555", "ReadOnly").lock_name.startswith("role-")


def test_labels() -> None:
    """Roles and accounts in messages."""
    assert ROLE.label == "ReadOnly in 333344445555"
    assert Account("333344445555", "payments-prod").label == "payments-prod (333344445555)"
    assert Account("333344445555").label == "333344445555"
