"""The last listing of accounts and roles."""

from pathlib import Path

import pytest

from ssohelper.model import Session, Token
from ssohelper.roles import Account, Role
from ssohelper.sync import listing
from ssohelper.sync.discovery import Discovery, Unlisted

SESSION = Session("acme", "https://acme.awsapps.com/start", "us-east-1")
ONE, TWO = Account("111122223333", "one", "one@example.com"), Account("222233334444")
FOUND = Discovery((ONE, TWO), (Role(ONE, "Admin"), Role(TWO, "ReadOnly")))


def token(text: str = "token") -> Token:
    """An access token."""
    return Token(SESSION.start_url, SESSION.region, text, 1e12, None, None)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_saved() -> None:
    """The same token reads the same listing for a quarter of an hour."""
    assert listing.load(SESSION, token(), 0) is None
    listing.save(SESSION, token(), FOUND, 1000)
    assert listing.load(SESSION, token(), 1900) == (FOUND, 1000)
    assert [listing.load(SESSION, token(), now) for now in (999, 1901)] == [None, None]
    assert listing.load(SESSION, token("other"), 1000) is None
    listing.delete(SESSION)
    assert listing.load(SESSION, token(), 1000) is None


def test_incomplete() -> None:
    """A listing in which an account is missing is not saved."""
    listing.save(SESSION, token(), Discovery((ONE,), (), (Unlisted(ONE, "HTTP 500"),)), 1000)
    assert listing.load(SESSION, token(), 1000) is None
