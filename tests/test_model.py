"""The shared types: labels, names of files and locks, and no secret in any `repr`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssohelper.model import Account, Registration, RoleCredentials, RoleRef, Session, Token, same_start_url

URL = "https://acme.awsapps.com/start"
ROLE = RoleRef("acme", "333344445555", "ReadOnly")
PART = st.text(st.characters(codec="utf-8", exclude_characters=" "), min_size=1)


def test_no_secret_in_repr() -> None:
    """Tracebacks and logs show the `repr`: it has no token, no key, no client secret."""
    registration = Registration("id", "secret-1", 0.0)
    token = Token(URL, "us-east-1", "secret-2", 0.0, registration, "secret-3")
    credentials = RoleCredentials(ROLE, "ASIAKEY", "secret-4", "secret-5", 0.0)
    text = repr([registration, token, credentials])
    assert ("ASIAKEY" in text, "secret" in re.sub(r"\w+=", "", text)) == (True, False)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("acme", "ssohelper login --session acme"),
        ("my company", "ssohelper login --session 'my company'"),
        ("$(reboot)", "ssohelper login --session '$(reboot)'"),
    ],
)
def test_login_command(name: str, command: str) -> None:
    """The command can be pasted, whatever the name is."""
    assert Session(name, URL, "us-east-1").login_command == command


def test_legacy() -> None:
    """A legacy session is named by its start URL."""
    assert Session(URL, URL, "us-east-1").legacy
    assert not Session("acme", URL, "us-east-1").legacy


@pytest.mark.parametrize("suffix", ["", "/", "#", "#/", "/#/"])
@pytest.mark.parametrize("quote", ["", "`", '"', "'"])
def test_same_start_url(suffix: str, quote: str) -> None:
    """Tools write a start URL in several ways; another path or host is another one."""
    assert same_start_url(URL, f"{quote}{URL}{suffix}{quote}")
    assert same_start_url(f"{quote}{URL}{suffix}{quote}", URL)
    assert not same_start_url(URL, f"{quote}{URL}2{suffix}{quote}")
    assert not same_start_url("https://beta.awsapps.com/start", f"{quote}{URL}{suffix}{quote}")


@given(st.text(min_size=1).filter(str.strip), PART, PART)
def test_role_reference_as_text(session: str, account: str, name: str) -> None:
    """The text of a role reference is parsed back, whatever the session's name is."""
    role = RoleRef(session, account, name)
    assert RoleRef.parse(role.text) == role


@pytest.mark.parametrize(
    "text", ["", "acme", "acme 333344445555", " 333344445555 ReadOnly", "acme  ReadOnly", "a b "]
)
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
