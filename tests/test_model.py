"""Sessions and tokens: names, start URLs, and no secret in any `repr`."""

import re

import pytest

from ssohelper.model import Registration, Session, Token, no_session, same_start_url

URL = "https://acme.awsapps.com/start"


def test_no_secret_in_repr() -> None:
    """Tracebacks and logs show the `repr`: it has no token and no client secret."""
    registration = Registration("id", "secret-1", 0.0)
    token = Token(URL, "us-east-1", "secret-2", 0.0, registration, "secret-3")
    assert "secret" not in re.sub(r"\w+=", "", repr([registration, token]))


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


def test_without_sign_in() -> None:
    """What stands for a session where nobody signs in has neither a name nor a start URL."""
    found = no_session("eu-west-1")
    assert (found.name, found.needs_sign_in, found.region) == ("", False, "eu-west-1")
    assert Session("acme", URL, "us-east-1").needs_sign_in
